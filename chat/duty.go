package chat

// Duty is what an operator of a server may do. Nobody holds two of them unless
// the journal says so, and why.
type Duty string

// Duties.
const (
	Administrator Duty = "administrator" // people, rooms, rights, settings; no contents
	Officer       Duty = "officer"       // what is archived, handed on and kept; reads contents
	Auditor       Duty = "auditor"       // sees how all is set and does, and what is on record, without contents
)

// AllDuties are they all.
func AllDuties() []Duty { return []Duty{Administrator, Officer, Auditor} }

// OperatorDuties are the duties of one operator.
type OperatorDuties struct {
	Name    string // "os:alice", an account; "sip:alice@example.test", a user on the web
	Duties  []Duty
	Reason  string // why he holds several
	Version int64
}

// Glass is a request to read contents without being an officer, in an emergency:
// it takes effect when somebody else has broken the glass with the operator.
type Glass struct {
	Name     string // "1", "2", ...
	Operator string
	Reason   string
	Asked    Time
	Minutes  int    // for how long, from when it was approved
	Approver string // empty: nobody has approved it yet
	Until    Time   // zero until then
	Version  int64
}
