"""Why a pass means something: every fault must be accused, no correct variant may be."""
