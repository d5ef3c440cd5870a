package chatsip

import "perch/chat"

// code is how a kind of error goes out: in resp (XCCOS 6), as the SIP answer
// to a post, and by which ms-diagnostics number (XCCOS 1.4).
type code struct {
	status int
	text   string
	number int
}

// codeOf is the one table from kinds of errors to the wire.
func codeOf(k chat.Kind) code {
	switch k {
	case chat.KindDatabase:
		return code{503, "ERROR_DATABASE_CONNECTION", 20007}
	case chat.KindCollision:
		return code{409, "ERROR_DATA_COLLISION", 20003}
	case chat.KindDuplicateName:
		return code{409, "ERROR_DUPLICATE_NAME", 20003}
	case chat.KindInvalid:
		return code{400, "ERROR_INVALID_ARGUMENT", 20002}
	case chat.KindNoParticipantList:
		return code{403, "ERROR_CANNOT_GET_PARTICIPANT_LIST", 20003}
	case chat.KindLimit:
		return code{413, "ERROR_LIMIT_EXCEEDED", 20003}
	case chat.KindTooLarge:
		return code{413, "ERROR_LIMIT_EXCEEDED", 20003}
	case chat.KindNotSupported:
		return code{501, "ERROR_MSG_NOT_SUPPORTED", 20003}
	case chat.KindDisabled:
		return code{403, "ERROR_NODE_DISABLED", 20003}
	case chat.KindHierarchy:
		return code{400, "ERROR_NODE_HIERARCHY_VIOLATION", 20002}
	case chat.KindForbidden:
		return code{403, "ERROR_PERMISSION", 20003}
	case chat.KindNoSuchRoom:
		return code{404, "ERROR_NO_SUCH_NODE", 20003}
	case chat.KindNoSuchCategory, chat.KindNoSuchObject:
		return code{404, "ERROR_NO_SUCH_NODE", 20003}
	case chat.KindNoSuchPrincipal:
		return code{404, "ERROR_NO_SUCH_PRINCIPAL", 20003}
	case chat.KindCannotCreate:
		return code{403, "ERROR_UNABLE_TO_CREATE", 20003}
	case chat.KindNotJoined:
		return code{403, "ERROR_USER_NOT_JOINED", 20003}
	case chat.KindInvalidToken:
		return code{403, "ERROR_INVALID_TOKEN", 20003}
	case chat.KindAlreadyDefined:
		return code{409, "ERROR_PRINCIPALS_ALREADY_DEFINED", 20003}
	case chat.KindNotInScope:
		return code{403, "ERROR_PRINCIPALS_NOT_IN_SCOPE", 20003}
	case chat.KindPresenterNotMember:
		return code{400, "ERROR_PRESENTER_NOT_IN_MEM_LIST", 20002}
	case chat.KindDuplicateAddin:
		return code{409, "ERROR_DUPLICATE_ADDIN_NAME", 20003}
	case chat.KindNotEmpty:
		return code{409, "ERROR_NOT_EMPTY", 20003}
	case chat.KindBusy:
		return code{503, "ERROR_BUSY", 20011}
	case chat.KindUnknown:
	}
	return code{500, "ERROR_UNKNOWN", 20007}
}
