import type { ReactNode } from "react";

import type { ConnectionDto, GatewayState } from "@/gen/types";
import { CopyButton } from "@/ui/copy-button";

/** Where the help is what the reader needs next. */
const HELPLESS: readonly GatewayState[] = [
  "gateway_down",
  "not_a_gateway",
  "certificate_unknown",
  "ip_not_allowed",
  "login_needed",
];

function Code({ text }: { text: string }) {
  return (
    <span className="mt-1 flex w-fit max-w-full items-center gap-1 rounded-base border bg-ground py-0.5 pr-1 pl-2.5">
      <code className="truncate font-mono text-12">{text}</code>
      <CopyButton text={text} label={`Copy ${text}`} />
    </span>
  );
}

/** The first start of the gateway, step by step. */
export function FirstStart({ connection }: { connection: ConnectionDto }) {
  const address =
    connection.environment === "sandbox" ? "https://localhost:5000" : connection.gateway;
  const steps: readonly [title: string, body: ReactNode][] = [
    [
      "Download the Client Portal Gateway",
      <>
        From Interactive Brokers, the standard release. It needs Java 8 (update 192) or newer on
        this computer.
        <Code text="https://download2.interactivebrokers.com/portal/clientportal.gw.zip" />
      </>,
    ],
    [
      "Unzip it into a folder of its own",
      <Code key="c" text="unzip clientportal.gw.zip -d clientportal.gw" />,
    ],
    [
      "Start it, and leave its window open",
      <>
        On Linux and macOS:
        <Code text="cd clientportal.gw && bin/run.sh root/conf.yaml" />
        On Windows:
        <Code text="cd clientportal.gw && bin\run.bat root\conf.yaml" />
        Where another program has port 5000 (on macOS the AirPlay receiver), change{" "}
        <code className="font-mono text-12">listenPort</code> in{" "}
        <code className="font-mono text-12">root/conf.yaml</code>, and the address here.
      </>,
    ],
    [
      "Open the gateway's page in a browser on this computer",
      <>
        <Code text={address} />
        The browser warns: the gateway&apos;s certificate is self-signed and has expired. That is
        how it is shipped. Go on only because you started it yourself.
      </>,
    ],
    [
      "Log in with the second factor",
      <>
        With the paper user name for paper, with the live one for live. Best with a user name that
        nothing else uses: the broker allows one session for each. It is done when the page says
        “Client login succeeds”.
      </>,
    ],
    [
      "Accept its certificate here",
      <>
        This page shows the fingerprint on first contact. Compare it with the one in the browser;
        from then on any other is refused.
      </>,
    ],
    [
      "If it answers “Access Denied”",
      <>
        Its own list does not let this computer in. In{" "}
        <code className="font-mono text-12">root/conf.yaml</code> add the address under{" "}
        <code className="font-mono text-12">ips: allow:</code> and start it again.
        <Code text="- 127.0.0.1" />
      </>,
    ],
  ];
  return (
    <details
      open={connection.environment !== "sandbox" && HELPLESS.includes(connection.state)}
      className="rounded-card border bg-surface"
    >
      <summary className="flex h-10 items-center gap-2 px-4 font-semibold">
        First start of the gateway, step by step
      </summary>
      <ol className="border-t px-4 pt-4 pb-1">
        {steps.map(([title, body], index) => (
          <li key={title} className="relative flex gap-3 pb-4">
            {index < steps.length - 1 ? (
              <span
                aria-hidden="true"
                className="absolute top-5 bottom-0 left-[9px] w-px bg-accent"
              />
            ) : null}
            <span
              aria-hidden="true"
              className="tabular grid size-[19px] shrink-0 place-items-center rounded-full border border-accent bg-surface text-12 text-accent"
            >
              {index + 1}
            </span>
            <div className="min-w-0">
              <p className="font-medium">{title}</p>
              <div className="max-w-[72ch] text-muted">{body}</div>
            </div>
          </li>
        ))}
      </ol>
    </details>
  );
}
