"""The rules of preparation and dosing sessions: pure, told the time, readable by a clinician."""
