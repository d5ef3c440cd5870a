package admin

import (
	"net/http"

	"perch/front/admin/api"
	"perch/webhook"
)

func webhookOf(i *webhook.Info) api.Webhook {
	out := api.Webhook{
		ID: i.GUID, Room: i.RoomName, Name: i.Name, Kind: "incoming", To: webhook.Origin(i.URL), Words: i.Words, Bot: i.BotName,
		Created: i.CreatedAt.Std(), CreatedBy: i.CreatedBy, Trouble: i.Trouble, SetAside: i.SetAside,
	}
	if i.Outgoing {
		out.Kind = "outgoing"
	}
	if i.Last != 0 {
		last := i.Last.Std()
		out.Last = &last
	}
	return out
}

func (s *Server) listWebhooks(r *http.Request) (any, error) {
	list, err := s.cfg.Webhooks.List(webhook.Caller{}, r.FormValue("room"))
	if err != nil {
		return nil, err
	}
	out := make([]api.Webhook, len(list))
	for i := range list {
		out[i] = webhookOf(&list[i])
	}
	return out, nil
}

func (s *Server) addWebhook(r *http.Request) (any, error) {
	in, err := read[api.NewWebhook](r)
	if err != nil {
		return nil, err
	}
	made, secret, err := s.cfg.Webhooks.Create(r.Context(), webhook.Caller{}, webhook.Spec{
		Room: in.Room, Name: in.Name, Outgoing: in.URL != "", URL: in.URL, Words: in.Words, Allow: in.Allow,
	})
	if err != nil {
		return nil, err
	}
	out := webhookOf(&made)
	if made.Outgoing {
		out.Secret = secret
	} else {
		out.URL = s.cfg.WebURL() + "/hooks/" + secret
	}
	return out, nil
}

func (s *Server) deleteWebhook(r *http.Request) (any, error) {
	return struct{}{}, s.cfg.Webhooks.Delete(r.Context(), webhook.Caller{}, "", r.PathValue("id"))
}
