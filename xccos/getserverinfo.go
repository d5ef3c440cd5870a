package xccos

import (
	"strconv"
	"time"
)

// SIB describes the server (XCCOS 3.6).
type SIB struct {
	InfoType                                      string // as asked
	ServerTime                                    time.Time
	SearchLimit, MessageSizeLimit, StorySizeLimit int
	RootURI, DBVersion                            string
	DisplayName, RoomManagementURL                string // [likely]
}

// ServerInfo is what cmd:getserverinfo asks for: infoType (XCCOS 4.2).
func (p *Primitive) ServerInfo() string {
	if t := p.Data.Child("sib").Attr("infotype"); t != "" {
		return t
	}
	return "123"
}

// AppendSIB appends the data of rpl:getserverinfo.
func AppendSIB(dst []byte, s *SIB) []byte {
	dst = append(dst, `<sib`...)
	dst = appendAttr(dst, "infoType", s.InfoType)
	dst = appendTime(dst, "serverTime", s.ServerTime)
	dst = appendAttr(dst, "searchLimit", strconv.Itoa(s.SearchLimit))
	dst = appendAttr(dst, "messageSizeLimit", strconv.Itoa(s.MessageSizeLimit))
	dst = appendAttr(dst, "storySizeLimit", strconv.Itoa(s.StorySizeLimit))
	dst = appendAttr(dst, "rootUri", s.RootURI)
	dst = appendAttr(dst, "dbVersion", s.DBVersion)
	if s.DisplayName != "" {
		dst = appendAttr(dst, "displayName", s.DisplayName)
	}
	if s.RoomManagementURL != "" {
		dst = appendAttr(dst, "roomManagementUrl", s.RoomManagementURL)
	}
	return append(dst, `/>`...)
}
