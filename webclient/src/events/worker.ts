// The SharedWorker: one host, a port a window.
import { eventsURL, Host, type Ask } from "./host";

const host = new Host(eventsURL(self.location));
let count = 0;

(self as unknown as { onconnect: (e: MessageEvent) => void }).onconnect = (e) => {
  const port = e.ports[0]!;
  const id = String(++count);
  host.add(id, (t) => port.postMessage(t));
  port.onmessage = (m: MessageEvent<Ask>) => {
    if (m.data.type !== "leave") return host.ask(id, m.data);
    host.ask(id, m.data);
    port.close();
  };
};
