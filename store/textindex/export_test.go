package textindex

// Merge merges segments, as the index does by itself, until there is nothing to
// merge.
func (x *Index) Merge() error {
	for {
		if again, err := x.merge(); err != nil || !again {
			return err
		}
	}
}

// Segments says how many segments there are.
func (x *Index) Segments() int { return len(x.now().segments) }
