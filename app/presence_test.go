package app

import "testing"

// TestStateOf: what old clients publish has a word on the web; what nobody knows is
// unknown.
func TestStateOf(t *testing.T) {
	for availability, want := range map[int]string{
		0: "unknown", 2999: "unknown", 3500: "available", 5000: "available", 6500: "busy", 7500: "busy", 9500: "do-not-disturb",
		12500: "away", 15500: "away", 18500: "offline",
	} {
		if got := stateOf(availability, true); got != want {
			t.Errorf("%d is %s, want %s", availability, got, want)
		}
	}
	if got := stateOf(3500, false); got != "unknown" {
		t.Errorf("what cannot be told is %s", got)
	}
}
