"""From what the checks saw to the run record, which every report is drawn from."""
