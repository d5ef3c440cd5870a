package ua_test

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	oracle "github.com/emiago/sipgo/sip"

	"perch/sip/ua"
)

// oracleClient is a UAC over the transports and transactions of another SIP
// implementation.
type oracleClient struct {
	t    *testing.T
	txs  *oracle.TransactionLayer
	to   oracle.Uri
	tag  string // the stack's
	seq  uint32
	addr string
}

// request prints a request; in a dialog once there is a tag.
func (c *oracleClient) request(method oracle.RequestMethod, body string) *oracle.Request {
	if method != oracle.ACK {
		c.seq++
	}
	r := oracle.NewRequest(method, c.to)
	via := &oracle.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "TCP", Host: "127.0.0.1", Params: oracle.NewParams()}
	via.Params.Add("branch", oracle.GenerateBranch())
	from := &oracle.FromHeader{Address: oracle.Uri{Scheme: "sip", User: "alice", Host: "example.test"}, Params: oracle.NewParams()}
	from.Params.Add("tag", "a")
	to := &oracle.ToHeader{Address: oracle.Uri{Scheme: "sip", User: "chat", Host: "example.test"}, Params: oracle.NewParams()}
	if c.tag != "" {
		to.Params.Add("tag", c.tag)
	}
	call, hops := oracle.CallIDHeader("oracle"), oracle.MaxForwardsHeader(70)
	for _, h := range []oracle.Header{
		via, from, to, &call, &hops,
		&oracle.CSeqHeader{SeqNo: c.seq, MethodName: method},
		&oracle.ContactHeader{Address: oracle.Uri{Scheme: "sip", User: "alice", Host: "127.0.0.1", Port: 9}},
	} {
		r.AppendHeader(h)
	}
	r.SetBody([]byte(body))
	r.SetTransport("TCP")
	r.SetDestination(c.addr)
	return r
}

// do sends a request and waits for its 200.
func (c *oracleClient) do(ctx context.Context, method oracle.RequestMethod, body string) *oracle.Response {
	c.t.Helper()
	tx, err := c.txs.Request(ctx, c.request(method, body))
	if err != nil {
		c.t.Fatal(method, " ", err)
	}
	select {
	case res := <-tx.Responses():
		if res.StatusCode != oracle.StatusOK {
			c.t.Fatalf("%s got\n%s", method, res)
		}
		return res
	case <-tx.Done():
		c.t.Fatal(method, " ", tx.Err())
	case <-ctx.Done():
		c.t.Fatal(method, " ", ctx.Err())
	}
	panic("not reached")
}

// TestOracle has another SIP implementation as its client.
func TestOracle(t *testing.T) {
	t.Parallel()
	f, _, addr := onSocket(t, "127.0.0.1:0", nil, ua.Config{})
	f.accept = ua.Accept{SessionExpires: 1800}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	quiet := slog.New(slog.DiscardHandler)
	oracle.SetDefaultLogger(quiet)
	transports := oracle.NewTransportLayer(net.DefaultResolver, oracle.NewParser(), nil, oracle.WithTransportLayerLogger(quiet))
	c := &oracleClient{t: t, addr: addr, to: oracle.Uri{Scheme: "sip", User: "chat", Host: "example.test"}}
	c.txs = oracle.NewTransactionLayer(transports, oracle.WithTransactionLayerLogger(quiet))
	defer transports.Close()
	defer c.txs.Close()
	got := make(chan *oracle.Request, 10)
	c.txs.OnRequest(func(req *oracle.Request, tx *oracle.ServerTx) {
		got <- req
		if err := tx.Respond(oracle.NewResponseFromRequest(req, 200, "OK", nil)); err != nil {
			t.Error(err)
		}
	})

	c.do(ctx, oracle.OPTIONS, "")
	ok := c.do(ctx, oracle.INVITE, "")
	c.tag, _ = ok.To().Params.Get("tag")
	if ok.Contact() == nil || ok.Contact().Address.Host != "127.0.0.1" || c.tag == "" {
		t.Errorf("got\n%s", ok)
	}
	if err := transports.WriteMsg(c.request(oracle.ACK, "")); err != nil { // RFC 3261 13.2.2.4: no transaction
		t.Fatal(err)
	}
	d := <-f.dialogs
	for i := range 3 {
		body := "down " + strconv.Itoa(i)
		deliver(t, d, body)
		select {
		case req := <-got:
			from, _ := req.From().Params.Get("tag")
			to, _ := req.To().Params.Get("tag")
			if string(req.Body()) != body || req.Method != oracle.INFO || req.CSeq().SeqNo != uint32(i+1) ||
				from != c.tag || to != "a" || req.Recipient.User != "alice" || req.CallID().Value() != "oracle" {
				t.Errorf("got\n%s", req)
			}
		case <-time.After(patience):
			t.Fatal("no INFO arrived")
		}
		c.do(ctx, oracle.INFO, "up "+strconv.Itoa(i))
	}
	f.wantNoEnd(t)
	c.do(ctx, oracle.BYE, "")
	f.wantEnd(t, d, ua.EndBye)
	if got, want := f.served(), []string{"OPTIONS ", "INVITE ", "INFO up 0", "INFO up 1", "INFO up 2"}; !slices.Equal(got, want) {
		t.Errorf("served %q", got)
	}
}
