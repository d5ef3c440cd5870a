package api

import "time"

// Webhook is a webhook of a room. URL and Secret are told once, when it is made.
type Webhook struct {
	ID        string     `json:"id"`
	Room      string     `json:"room"`
	Name      string     `json:"name"`
	Kind      string     `json:"kind"`          // incoming, outgoing
	URL       string     `json:"url,omitempty"` // of a new incoming one: where to post to
	Secret    string     `json:"secret,omitempty"`
	To        string     `json:"to,omitempty"` // of an outgoing one: its receiver, without the path
	Words     []string   `json:"words,omitempty"`
	Bot       string     `json:"bot"`
	Created   time.Time  `json:"created"`
	CreatedBy string     `json:"created_by"`
	Last      *time.Time `json:"last,omitempty"`
	Trouble   string     `json:"trouble,omitempty"`
	SetAside  int        `json:"set_aside,omitempty"` // posts that never got through
}

// NewWebhook is a webhook to make: an outgoing one if it has a URL.
type NewWebhook struct {
	Room  string   `json:"room"`
	Name  string   `json:"name"`
	URL   string   `json:"url,omitempty"`
	Words []string `json:"words,omitempty"`
	Allow bool     `json:"allow,omitempty"` // allow its bot in the room's category
}
