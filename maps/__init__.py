"""Points and areas drawn as maps that open without internet."""
