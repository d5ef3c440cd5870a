package xccos

import (
	"strconv"
	"time"
)

// ChanIB describes a room (XCCOS 3.3).
type ChanIB struct {
	URI, Name, Description string
	Parent                 string // ma-cat URI
	Behavior               string // NORMAL, AUDITORIUM
	Disabled               bool
	Users                  int    // joined participants
	Visibility             string // OPEN, SCOPED, PRIVATE
	FilePost, Invite       bool
	Logged                 bool
	Audit                  Audit
	Addin                  SIOP  // none if its ID is empty
	AIB                    []AIB // in join replies
}

// Audit says who made and last changed a room (XCCOS 3.3 [likely]).
type Audit struct {
	UpdatedBy, CreatedBy string
	UpdatedOn, CreatedOn time.Time
}

// AIB lists the participants that have one permission mask, by their uib ids
// (XCCOS 3.2).
type AIB struct {
	Key   int
	Value []int
}

// appendChanIB appends a whole room.
func appendChanIB(dst []byte, c *ChanIB) []byte {
	dst = append(dst, `<chanib`...)
	dst = appendAttr(dst, "name", c.Name) // never left out: SIPE 1
	dst = appendAttr(dst, "description", c.Description)
	if c.Parent != "" {
		dst = appendAttr(dst, "parent", c.Parent)
	}
	dst = appendAttr(dst, "behavior", c.Behavior)
	dst = append(dst, ` topic=""`...)
	dst = appendAttr(dst, "disabled", strconv.FormatBool(c.Disabled))
	dst = appendAttr(dst, "uri", c.URI)
	if c.Addin.ID != "" {
		dst = appendSIOP(dst, &c.Addin)
	}
	dst = append(dst, '>')
	for _, a := range c.AIB {
		dst = append(dst, `<aib key="`...)
		dst = strconv.AppendInt(dst, int64(a.Key), 10)
		dst = append(dst, `" value="`...)
		for i, id := range a.Value {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendInt(dst, int64(id), 10)
		}
		dst = append(dst, `"/>`...)
	}
	if !c.Audit.CreatedOn.IsZero() {
		dst = append(dst, `<audit`...)
		dst = appendAttr(dst, "updatedby", c.Audit.UpdatedBy)
		dst = appendTime(dst, "updatedon", c.Audit.UpdatedOn)
		dst = appendAttr(dst, "createdby", c.Audit.CreatedBy)
		dst = appendTime(dst, "createdon", c.Audit.CreatedOn)
		dst = append(dst, `/>`...)
	}
	return append(appendInfo(dst, c), `</chanib>`...)
}

// appendInfo appends the info and prop children. Visibility goes out under
// both spellings that are known.
func appendInfo(dst []byte, c *ChanIB) []byte {
	dst = append(dst, `<info id="urn:parlano:ma:info:ucnt">`...)
	dst = strconv.AppendInt(dst, int64(c.Users), 10)
	dst = append(dst, `</info>`...)
	for _, spelling := range [...]string{"visibility", "visibilty"} {
		dst = append(append(dst, `<info id="urn:parlano:ma:info:`...), spelling...)
		dst = AppendEscaped(append(dst, `">`...), c.Visibility)
		dst = append(dst, `</info>`...)
	}
	for _, p := range [...]struct {
		name string
		on   bool
	}{{"filepost", c.FilePost}, {"invite", c.Invite}, {"logged", c.Logged}} {
		dst = append(append(dst, `<prop id="urn:parlano:ma:prop:`...), p.name...)
		value := "False"
		if p.on {
			value = "True"
		}
		dst = append(append(dst, `">`...), value...)
		dst = append(dst, `</prop>`...)
	}
	return dst
}

// AppendRooms appends rooms as lists of them are answered.
func AppendRooms(dst []byte, rooms []ChanIB) []byte {
	for i := range rooms {
		dst = appendChanIB(dst, &rooms[i])
	}
	return dst
}
