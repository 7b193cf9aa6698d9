"""Record-level operations, schemas, server mode and status."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from conformance.reference.core import Reply
from conformance.reference.genesys.model import Asked, Change, ExtensionDef, InvalidError, Record, RefusalError
from conformance.reference.genesys.profiles import Profiles

SWITCHING_S = 0.05
MODES = ("maintenance", "production")
VERSION = "8.5.200.00"


class Administration(Profiles):
    """Everything that is not a whole profile."""

    def prepare(self) -> None:
        """Starts the counters."""
        super().prepare()
        self.started = datetime.now(UTC)
        self.last_request = self.started
        self.requests = 0
        self.switching: dict[str, tuple[str, float]] = {}

    def insert_extension_records(self, asked: Asked) -> Reply:
        """Replaces the records of the extensions in the body; other extensions stay."""
        self.find_profile(asked)
        change = Change()
        for name, value in self.body_object(asked).items():
            extension = self.find_extension(asked.tenant, name)
            if extension is None:
                raise RefusalError(400, f"{name}: no such extension")
            self._read_extension(change, asked, extension, value)
        with self.transaction():
            self.forget_retrievals(asked.key)
            for name, records in change.extensions.items():
                many = self.extensions(asked.tenant)[name].type == "multi-valued"
                before = self.stored_records(asked.key, name) if many else []
                added = self.freedom("insert-mode") == "added-to"
                self.clear_extension(asked.key, name)
                self.insert_records(asked.key, name, [*before, *records] if added else records)
        match self.freedom("insert-answer"):
            case "records":
                return Reply.json(change.extensions)
            case "no-content":
                return Reply.empty(204)
            case _:
                return Reply.json([])

    def _read_extension(self, change: Change, asked: Asked, extension: ExtensionDef, value: Any) -> None:
        try:
            self.read_extension(change, asked.key, extension, value)
        except InvalidError as problem:
            raise RefusalError(400, f"{extension.name}: {problem}") from None

    def update_record(self, asked: Asked) -> Reply:
        """Replaces the record that the unique attributes in the body select."""
        extension, records, index, body = self.selected(asked)
        try:
            record = self.read_record(extension, body, records[index])
        except InvalidError as problem:
            raise RefusalError(400, f"{extension.name}: {problem}") from None
        self.rewrite(asked, extension, [*records[:index], record, *records[index + 1 :]])
        return Reply.json(record) if self.freedom("single-record-answer") == "record" else Reply.empty(204)

    def delete_record(self, asked: Asked) -> Reply:
        """Removes the record that the unique attributes in the body select."""
        extension, records, index, _ = self.selected(asked)
        self.rewrite(asked, extension, [*records[:index], *records[index + 1 :]])
        return Reply.empty(204)

    def selected(self, asked: Asked) -> tuple[ExtensionDef, list[Record], int, Record]:
        """The extension of the address, its records, and which of them the body selects."""
        self.find_profile(asked)
        extension = self.find_extension(asked.tenant, asked.parameters["extension"])
        if extension is None:
            raise RefusalError(404, "no such extension")
        body = self.body_object(asked)
        if extension.type == "multi-valued" and not extension.unique:
            raise RefusalError(400, "nothing identifies the records of this extension")
        if missing := [name for name in extension.unique if name not in body]:
            raise RefusalError(400, f"unique attributes are missing: {', '.join(missing)}")
        records = self.stored_records(asked.key, extension.name)
        wanted = self.identity(extension, body)
        for index, record in enumerate(records):
            if self.identity(extension, record) == wanted:
                return extension, records, index, body
        raise RefusalError(404, "no such record")

    def rewrite(self, asked: Asked, extension: ExtensionDef, records: list[Record]) -> None:
        """Puts other records in the place of those of one extension."""
        with self.transaction():
            self.forget_retrievals(asked.key)
            self.clear_extension(asked.key, extension.name)
            self.insert_records(asked.key, extension.name, records)

    def profile_schema(self, asked: Asked) -> Reply:
        """Answers with the attributes of the profile schema."""
        self.check_schema(asked.tenant)
        rows = [self.describe_attribute(a) for a in self.attributes(asked.tenant).values()]
        match self.freedom("profile-schema-form"):
            case "object":
                return Reply.json({"attributes": rows})
            case "schema":
                return Reply.json([{"name": "profile", "attributes": rows}])
            case "datetime":
                return Reply.json([{**r, "type": "datetime" if r["type"] == "date" else r["type"]} for r in rows])
            case _:
                return Reply.json(rows)

    def check_schema(self, tenant: str) -> None:
        """Refuses everything about profiles while there is no profile schema."""
        if not self.attributes(tenant):
            raise RefusalError(404, "no profile schema is defined")

    def create_profile_schema(self, asked: Asked) -> Reply:
        """Defines the profile schema, if there is none."""
        if self.attributes(asked.tenant):
            raise RefusalError(409, "there is a profile schema")
        try:
            rows = self.read_profile_definition(asked.tenant, self.body(asked))
        except InvalidError as problem:
            raise RefusalError(400, str(problem)) from None
        with self.transaction():
            for row in rows:
                self.insert_attribute_definition(asked.tenant, row)
        return Reply.empty(201)

    def delete_profile_schema(self, asked: Asked) -> Reply:
        """Removes the profile schema with every value."""
        self.check_schema(asked.tenant)
        with self.transaction():
            self.remove_attribute_definitions(asked.tenant)
        return Reply.empty(204)

    def extension_schemas(self, asked: Asked) -> Reply:
        """Answers with all extension schemas."""
        return Reply.json([self.describe_extension(e) for e in self.extensions(asked.tenant).values()])

    def extension_schema(self, asked: Asked) -> Reply:
        """Answers with one extension schema."""
        row = self.describe_extension(self._addressed_schema(asked))
        return Reply.json([row] if self.freedom("single-schema-form") == "array" else row)

    def create_extension_schema(self, asked: Asked) -> Reply:
        """Defines an extension."""
        try:
            row = self.read_definition(asked.tenant, self.body_object(asked))
        except InvalidError as problem:
            raise RefusalError(400, str(problem)) from None
        self.insert_extension_definition(asked.tenant, row)
        return Reply.json(self.describe_extension(self.extensions(asked.tenant)[row["name"]]), 201)

    def delete_extension_schema(self, asked: Asked) -> Reply:
        """Removes an extension with every record of it."""
        with self.transaction():
            self.remove_extension_definition(asked.tenant, self._addressed_schema(asked).name)
        return Reply.empty(204)

    def _addressed_schema(self, asked: Asked) -> ExtensionDef:
        extension = self.find_extension(asked.tenant, asked.parameters["name"])
        if extension is None:
            raise RefusalError(404, "no such extension")
        return extension

    def mode(self, tenant: str) -> str:
        """The mode of a tenant's server."""
        wanted, since = self.switching.get(tenant, ("", 0.0))
        if wanted and time.monotonic() - since >= SWITCHING_S:
            del self.switching[tenant]
            self.store.execute("UPDATE tenant SET mode = ? WHERE id = ?", (wanted, tenant))
        return str(self.one("SELECT mode FROM tenant WHERE id = ?", tenant))

    def set_mode(self, asked: Asked) -> Reply:
        """Switches the mode."""
        wanted = self.body_object(asked).get("mode")
        if not isinstance(wanted, str) or wanted.lower() not in MODES:
            raise RefusalError(400, f"mode is none of {', '.join(MODES)}")
        if self.freedom("mode-switch") == "later":
            self.switching[asked.tenant] = (wanted.lower(), time.monotonic())
        else:
            self.store.execute("UPDATE tenant SET mode = ? WHERE id = ?", (wanted.lower(), asked.tenant))
        return Reply.json({"server changed": self.spelled(wanted.lower())})

    def spelled(self, mode: str) -> str:
        """A mode as it is shown."""
        return mode.upper() if self.freedom("mode-spelling") == "upper" else mode

    def check_mode(self, tenant: str) -> None:
        """Refuses what has to do with profiles in maintenance mode."""
        closed = self.mode(tenant) == "maintenance" or tenant in self.switching
        if closed and self.reading("maintenance-mode") == "503":
            raise RefusalError(503, "the server is in maintenance mode")

    def status(self, asked: Asked) -> Reply:
        """Answers with mode, version and counters."""
        return Reply.json(
            {
                "mode": self.spelled(self.mode(asked.tenant)),
                "version": VERSION,
                "system_time": self.printed(datetime.now(UTC)),
                "started": self.printed(self.started),
                "last_request": self.printed(self.last_request),
                "requests": self.requests,
            }
        )
