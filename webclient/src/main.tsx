// The client: what watches is started, then it is shown.
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { queries } from "./api/query";
import { loadDrafts, watchDrafts } from "./composer/drafts";
import { watchOutbox } from "./composer/outbox";
import { watchFeeds } from "./feeds/feeds";
import { watchFiles } from "./files/state";
import { watchLogs } from "./history/logs";
import { watchPresence } from "./people/presence";
import { needMine, watchMine } from "./rooms/mine";
import { watchRooms } from "./rooms/useRoom";
import { watchIdle } from "./session/idle";
import { findSession, standing, watchSession } from "./session/session";
import { App } from "./shell/App";
import { Boundary } from "./ui/Boundary";
import { watchNetwork } from "./shell/Banner";
import { loadDevice, loadPreferences, watchPreferences } from "./shell/preferences";
import { watchTab } from "./shell/tab";
import "./styles/index.css";

loadDevice();
for (const watch of [watchSession, watchIdle, watchNetwork, watchMine, watchRooms, watchLogs, watchDrafts, watchOutbox, watchFiles, watchFeeds, watchPresence, watchPreferences, watchTab]) watch();

// Whoever signs in has his things asked for at once, whatever page he is on.
let signedIn = false;
standing.subscribe(() => {
  const now = standing.get().is === "in";
  if (now && !signedIn) for (const load of [needMine, loadDrafts, loadPreferences]) void load().catch(() => undefined);
  signedIn = now;
});
void findSession();
void needMine().catch(() => undefined); // at the same time: whoever has no session is refused both

createRoot(document.getElementById("root")!).render(
  <QueryClientProvider client={queries}>
    <Boundary>
      <App />
    </Boundary>
  </QueryClientProvider>,
);
