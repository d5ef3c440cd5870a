package chat

// Limits are the bounds a pool keeps to. The zero value is not useful; start
// from DefaultLimits.
type Limits struct {
	MessageBytes   int // UTF-8 bytes of a message's text
	StoryBytes     int // UTF-8 bytes of a story's text
	RichBytes      int // bytes of a message's rich text
	SearchResults  int // rows of any search
	HistoryRequest int // most messages one history request returns
	WaitingPosts   int // posts of one room that wait for the store
}

// DefaultLimits are the original's defaults where they are known (pchat 3).
func DefaultLimits() Limits {
	return Limits{
		MessageBytes:   8192,
		StoryBytes:     65536,
		RichBytes:      65536,
		SearchResults:  999,
		HistoryRequest: 500,
		WaitingPosts:   256,
	}
}
