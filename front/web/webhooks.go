package web

import (
	"context"

	"perch/chat"
	"perch/front/web/api"
	"perch/webhook"
)

// HooksPath is where incoming webhooks are posted to: a secret follows.
const HooksPath = "/hooks/"

// hookCaller is who asks about webhooks, by HTTP.
func (s *Server) hookCaller(ctx context.Context) (webhook.Caller, error) {
	id, err := caller(ctx)
	if err != nil {
		return webhook.Caller{}, err
	}
	if s.cfg.Webhooks == nil {
		return webhook.Caller{}, chat.E(chat.KindNotSupported, "this server has no webhooks")
	}
	return webhook.Caller{User: id.user.ID, Client: id.client}, nil
}

// ListWebhooks lists a room's webhooks for its manager.
func (s *Server) ListWebhooks(ctx context.Context, r api.ListWebhooksRequestObject) (api.ListWebhooksResponseObject, error) {
	by, err := s.hookCaller(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.cfg.Webhooks.List(by, r.Room)
	if err != nil {
		return nil, err
	}
	out := make(api.ListWebhooks200JSONResponse, len(list))
	for i := range list {
		out[i] = s.webhookOf(&list[i])
	}
	return out, nil
}

// CreateWebhook makes one, and shows its secret this once.
func (s *Server) CreateWebhook(ctx context.Context, r api.CreateWebhookRequestObject) (api.CreateWebhookResponseObject, error) {
	by, err := s.hookCaller(ctx)
	if err != nil {
		return nil, err
	}
	if !r.Body.Kind.Valid() {
		return nil, chat.E(chat.KindInvalid, "a webhook is incoming or outgoing")
	}
	spec := webhook.Spec{Room: r.Room, Name: r.Body.Name, Outgoing: r.Body.Kind == api.NewWebhookKindOutgoing}
	if r.Body.Url != nil {
		spec.URL = *r.Body.Url
	}
	if r.Body.Words != nil {
		spec.Words = *r.Body.Words
	}
	made, secret, err := s.cfg.Webhooks.Create(ctx, by, spec)
	if err != nil {
		return nil, err
	}
	out := s.webhookOf(&made)
	if made.Outgoing {
		out.Secret = &secret
	} else {
		address := s.cfg.Address() + HooksPath + secret
		out.Url = &address
	}
	return api.CreateWebhook201JSONResponse(out), nil
}

// DeleteWebhook deletes one.
func (s *Server) DeleteWebhook(ctx context.Context, r api.DeleteWebhookRequestObject) (api.DeleteWebhookResponseObject, error) {
	by, err := s.hookCaller(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.cfg.Webhooks.Delete(ctx, by, r.Room, r.Id); err != nil {
		return nil, err
	}
	return api.DeleteWebhook204Response{}, nil
}

// webhookOf shows a webhook to those who manage its room.
func (s *Server) webhookOf(i *webhook.Info) api.Webhook {
	out := api.Webhook{Id: i.GUID, Name: i.Name, Kind: api.WebhookKindIncoming, Created: i.CreatedAt.Std(), CreatedBy: i.CreatedBy}
	if p, ok := s.dir.FindPrincipal(i.Creator); ok {
		out.CreatedBy = p.DisplayName
	}
	if i.Outgoing {
		out.Kind, out.Url = api.WebhookKindOutgoing, &i.URL
		if len(i.Words) > 0 {
			out.Words = &i.Words
		}
	}
	if i.Last != 0 {
		last := i.Last.Std()
		out.Last = &last
	}
	if i.Trouble != "" {
		out.Trouble = &i.Trouble
	}
	return out
}
