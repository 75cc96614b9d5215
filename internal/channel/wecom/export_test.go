package wecom

// MeantForTest reads what a tap on a choice says.
func MeantForTest(menuID, shown string) (id, say string) { return meant(menuID, shown) }
