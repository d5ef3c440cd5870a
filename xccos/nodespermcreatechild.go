package xccos

// CatIB is a category in which the asker may create rooms. Its element's name
// is not known (XCCOS 4.12 [guess]); a chanib with the category's address is
// what a reader of rooms understands.
type CatIB struct {
	URI, Name, Description string
	Invite                 bool
}

// AppendCategories appends the data of rpl:nodespermcreatechild.
func AppendCategories(dst []byte, cats []CatIB) []byte {
	for _, c := range cats {
		dst = append(dst, `<chanib`...)
		dst = appendAttr(dst, "name", c.Name)
		dst = appendAttr(dst, "description", c.Description)
		dst = appendAttr(dst, "uri", c.URI)
		dst = append(dst, `><prop id="urn:parlano:ma:prop:invite">`...)
		if c.Invite {
			dst = append(dst, `True`...)
		} else {
			dst = append(dst, `False`...)
		}
		dst = append(dst, `</prop></chanib>`...)
	}
	return dst
}
