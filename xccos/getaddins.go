package xccos

// SIOP is an add-in (XCCOS 3.3 [guess]: the names are those of the original's
// database).
type SIOP struct{ ID, Name, URL string }

// AppendAddins appends the data of rpl:getaddins (XCCOS 4.15 [guess]).
func AppendAddins(dst []byte, list []SIOP) []byte {
	for i := range list {
		dst = append(appendSIOP(append(dst, `<siop`...), &list[i]), `/>`...)
	}
	return dst
}

// appendSIOP appends an add-in's attributes.
func appendSIOP(dst []byte, s *SIOP) []byte {
	dst = appendAttr(dst, "siopid", s.ID)
	dst = appendAttr(dst, "siopname", s.Name)
	return appendAttr(dst, "siopurl", s.URL)
}
