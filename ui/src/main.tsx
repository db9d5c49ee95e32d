import "@/theme.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "@/app/app";
import { servedHost } from "@/host/http";
import { insideTauri, tauriHost } from "@/host/tauri";
import type { Host } from "@/host/types";
import { startTheme } from "@/lib/theme";

/** The engine behind the window or behind the address of this page, or recorded answers where a developer asked for them. */
async function host(): Promise<Host | null> {
  if (import.meta.env.MODE === "fake") return (await import("@/test/recorded")).recordedHost();
  return insideTauri() ? tauriHost : servedHost();
}

startTheme();
const place = document.getElementById("root");
if (!place) throw new Error("index.html has no element with the id root.");
const found = await host();
createRoot(place).render(
  <StrictMode>
    {found ? (
      <App host={found} />
    ) : (
      <p className="p-8 text-15">
        This page belongs to Throughline and has no engine here. Start the window with{" "}
        <code>cargo xtask run</code>, or serve this page with <code>throughline serve --http</code>.
      </p>
    )}
  </StrictMode>,
);
