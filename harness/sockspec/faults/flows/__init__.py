"""More calls as socket layers make them of which users reported a defect, by what they are about."""
