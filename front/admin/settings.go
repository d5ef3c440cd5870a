package admin

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"perch/chat"
	"perch/compliance"
	"perch/front/admin/api"
	"perch/settings"
)

func settingsOf(v *chat.Settings) api.Settings {
	return api.Settings{
		Scope: v.Name, DefaultChatHistory: v.DefaultChatHistory, MaxFileSizeKB: v.MaxFileSizeKB,
		ParticipantUpdateLimit: v.ParticipantUpdateLimit, RoomManagementURL: v.RoomManagementURL, Version: v.Version,
	}
}

func (s *Server) listSettings(*http.Request) (any, error) {
	out := []api.Settings{}
	for _, v := range s.settings.ListSettings() {
		out = append(out, settingsOf(&v))
	}
	return out, nil
}

// showSettings shows those of a scope, or of "effective": what holds here.
func (s *Server) showSettings(r *http.Request) (any, error) {
	v, err := scoped(r, s.settings.ListSettings(), s.settings.Settings(), func(v *chat.Settings) string { return v.Name })
	return settingsOf(&v), err
}

// scoped finds the value of the scope that a request names.
func scoped[T any](r *http.Request, all []T, effective T, name func(*T) string) (T, error) {
	scope := r.PathValue("scope")
	if scope == "effective" {
		return effective, nil
	}
	i := slices.IndexFunc(all, func(v T) bool { return equalFold(name(&v), scope) })
	if i < 0 {
		var none T
		return none, chat.E(chat.KindNoSuchObject, "nothing is set for "+scope)
	}
	return all[i], nil
}

func (s *Server) setSettings(r *http.Request) (any, error) {
	in, err := read[api.SettingsChange](r)
	if err != nil {
		return nil, err
	}
	return s.merged(in.Version, func() (any, error) { return s.showSettings(r) }, func() (any, error) { return s.mergeSettings(r, &in) })
}

func (s *Server) mergeSettings(r *http.Request, in *api.SettingsChange) (any, error) {
	v, missing := scoped(r, s.settings.ListSettings(), chat.Settings{}, func(v *chat.Settings) string { return v.Name })
	if missing != nil {
		v = chat.DefaultSettings()
		v.Name = r.PathValue("scope")
	}
	if in.New && missing == nil && v.Version != 0 {
		return nil, chat.E(chat.KindDuplicateName, "there are settings for "+v.Name+" already")
	}
	set(&v.DefaultChatHistory, in.DefaultChatHistory)
	set(&v.MaxFileSizeKB, in.MaxFileSizeKB)
	set(&v.ParticipantUpdateLimit, in.ParticipantUpdateLimit)
	set(&v.RoomManagementURL, in.RoomManagementURL)
	v.Version = cmp.Or(in.Version, v.Version)
	v, err := s.settings.SetSettings(r.Context(), v)
	return settingsOf(&v), err
}

func (s *Server) deleteSettings(r *http.Request) (any, error) {
	return struct{}{}, s.settings.DeleteSettings(r.Context(), r.PathValue("scope"))
}

func complianceOf(v *chat.Compliance) api.Compliance {
	return api.Compliance{
		Scope: v.Name, AdapterName: v.AdapterName, AdapterType: v.AdapterType, AdapterOutputDirectory: v.AdapterOutputDirectory,
		AdapterAttachmentDirectory: v.AdapterAttachmentDirectory,
		RunInterval:                v.RunInterval.String(), OneChatRoomPerOutputFile: v.OneChatRoomPerOutputFile, AddChatRoomDetails: v.AddChatRoomDetails,
		AddUserDetails: v.AddUserDetails, CreateFileAttachmentsManifest: v.CreateFileAttachmentsManifest,
		CustomConfiguration: v.CustomConfiguration, AdapterOptions: compliance.ParseOptions(v.AdapterOptions), Version: v.Version,
	}
}

func (s *Server) listCompliance(*http.Request) (any, error) {
	out := []api.Compliance{}
	for _, v := range s.settings.ListCompliance() {
		out = append(out, complianceOf(&v))
	}
	return out, nil
}

func (s *Server) showCompliance(r *http.Request) (any, error) {
	v, err := scoped(r, s.settings.ListCompliance(), s.settings.Compliance(), func(v *chat.Compliance) string { return v.Name })
	return complianceOf(&v), err
}

func (s *Server) setCompliance(r *http.Request) (any, error) {
	in, err := read[api.ComplianceChange](r)
	if err != nil {
		return nil, err
	}
	return s.merged(in.Version, func() (any, error) { return s.showCompliance(r) }, func() (any, error) { return s.mergeCompliance(r, &in) })
}

func (s *Server) mergeCompliance(r *http.Request, in *api.ComplianceChange) (any, error) {
	var err error
	v, missing := scoped(r, s.settings.ListCompliance(), chat.Compliance{}, func(v *chat.Compliance) string { return v.Name })
	if missing != nil {
		v = chat.DefaultCompliance()
		v.Name = r.PathValue("scope")
	}
	if in.New && missing == nil && v.Version != 0 {
		return nil, chat.E(chat.KindDuplicateName, "there is a configuration for "+v.Name+" already")
	}
	if in.RunInterval != nil {
		if v.RunInterval, err = time.ParseDuration(*in.RunInterval); err != nil {
			return nil, chat.E(chat.KindInvalid, "the run interval is written like 15m or 24h")
		}
	}
	set(&v.AdapterName, in.AdapterName)
	set(&v.AdapterType, in.AdapterType)
	set(&v.AdapterOutputDirectory, in.AdapterOutputDirectory)
	set(&v.AdapterAttachmentDirectory, in.AdapterAttachmentDirectory)
	set(&v.OneChatRoomPerOutputFile, in.OneChatRoomPerOutputFile)
	set(&v.AddChatRoomDetails, in.AddChatRoomDetails)
	set(&v.AddUserDetails, in.AddUserDetails)
	set(&v.CreateFileAttachmentsManifest, in.CreateFileAttachmentsManifest)
	set(&v.CustomConfiguration, in.CustomConfiguration)
	options := compliance.ParseOptions(v.AdapterOptions)
	for name, value := range in.AdapterOptions {
		if options[name] = value; value == "" {
			delete(options, name)
		}
	}
	if v.AdapterOptions, err = compliance.OptionsText(options); err != nil {
		return nil, chat.E(chat.KindInvalid, err.Error())
	}
	v.Version = cmp.Or(in.Version, v.Version)
	v, err = s.settings.SetCompliance(r.Context(), v)
	return complianceOf(&v), err
}

func (s *Server) deleteCompliance(r *http.Request) (any, error) {
	return struct{}{}, s.settings.DeleteCompliance(r.Context(), r.PathValue("scope"))
}

func (s *Server) listEndpoints(*http.Request) (any, error) {
	out := []api.Endpoint{}
	for _, e := range s.settings.Endpoints() {
		out = append(out, api.Endpoint{URI: e.URI, DisplayName: e.DisplayName})
	}
	return out, nil
}

func (s *Server) addEndpoint(r *http.Request) (any, error) {
	in, err := read[api.Endpoint](r)
	if err != nil {
		return nil, err
	}
	e, err := s.settings.CreateEndpoint(r.Context(), chat.ChatEndpoint{URI: in.URI, DisplayName: in.DisplayName})
	return api.Endpoint{URI: e.URI, DisplayName: e.DisplayName}, err
}

func (s *Server) deleteEndpoint(r *http.Request) (any, error) {
	return struct{}{}, s.settings.DeleteEndpoint(r.Context(), r.PathValue("uri"))
}

// Names of the pool's states; the original's, in our spelling.
const (
	poolNormal     = "normal"
	poolFailedOver = "failed-over"
)

func (s *Server) poolOf(p chat.PoolState) api.Pool {
	state := poolNormal
	if p.FailedOver {
		state = poolFailedOver
	}
	return api.Pool{Server: s.cfg.Server, State: state, Active: nonNil(p.Active), Inactive: nonNil(p.Inactive), Accepting: s.settings.Accepting()}
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (s *Server) showPool(*http.Request) (any, error) { return s.poolOf(s.settings.Pool()), nil }

func (s *Server) setPool(r *http.Request) (any, error) {
	in, err := read[api.PoolChange](r)
	if err != nil {
		return nil, err
	}
	p := s.settings.Pool()
	switch in.State {
	case "":
	case poolNormal, poolFailedOver:
		p.FailedOver = in.State == poolFailedOver
		if p, err = s.settings.SetPool(r.Context(), p); err != nil {
			return nil, err
		}
	default:
		return nil, chat.E(chat.KindInvalid, "a pool is normal or failed-over")
	}
	if !in.Swap && in.Set == nil && len(in.Activate)+len(in.Deactivate) == 0 {
		return s.poolOf(p), nil
	}
	change := settings.ServersChange{Swap: in.Swap, Activate: in.Activate, Deactivate: in.Deactivate}
	if in.Set != nil {
		change.Set = *in.Set
	}
	p, err = s.settings.SetActiveServers(r.Context(), change)
	return s.poolOf(p), err
}
