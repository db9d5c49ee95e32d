import { RadioGroup } from "radix-ui";
import { useState } from "react";

import { useToldAct } from "@/api/told-act";
import type { ConnectionDto, Environment } from "@/gen/types";
import { ENVIRONMENTS } from "@/lib/words";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Field } from "@/ui/field";
import { Panel } from "@/ui/panel";

const DEFAULT_ADDRESS = "https://localhost:5000";

/** The gateway is on this computer, so nothing else is let through. */
export function addressFault(address: string): string | null {
  let url: URL;
  try {
    url = new URL(address.trim());
  } catch {
    return `Write an address such as ${DEFAULT_ADDRESS}.`;
  }
  if (url.protocol !== "https:") return "The gateway speaks https only.";
  if (!["localhost", "127.0.0.1", "[::1]"].includes(url.hostname))
    return "The gateway has to run on this computer: use localhost.";
  return url.pathname === "/" && url.search === "" && url.hash === "" && url.username === ""
    ? null
    : "Write the address without a path.";
}

/** Chooses where orders are to go from the next start on. */
export function EnvironmentSwitch({ connection }: { connection: ConnectionDto }) {
  // What the next start opens as things are, so that a choice can be taken back.
  const planned = connection.next_start ?? {
    environment: connection.environment,
    address: connection.environment === "sandbox" ? null : connection.gateway,
  };
  const [chosen, setChosen] = useState<Environment>(planned.environment);
  const [address, setAddress] = useState(planned.address ?? DEFAULT_ADDRESS);
  const [tried, setTried] = useState(false);
  const set = useToldAct("connection_set");
  const fault = chosen === "sandbox" ? null : addressFault(address);
  const same =
    chosen === planned.environment && (chosen === "sandbox" || address.trim() === planned.address);
  const save = () => {
    setTried(true);
    if (fault !== null) return;
    set.run(
      { environment: chosen, address: chosen === "sandbox" ? null : address.trim() },
      {
        done: `${ENVIRONMENTS[chosen].word} is used from the next start on.`,
        failed: "The environment was not changed.",
      },
    );
  };
  return (
    <Panel title="Environment">
      <div className="p-4">
        <RadioGroup.Root
          value={chosen}
          onValueChange={(value) => {
            setChosen(value as Environment);
            setTried(false);
          }}
          aria-label="Environment from the next start on"
          className="space-y-1.5"
        >
          {(Object.keys(ENVIRONMENTS) as Environment[]).map((environment) => {
            const { word, what, solid } = ENVIRONMENTS[environment];
            return (
              <RadioGroup.Item
                key={environment}
                value={environment}
                aria-label={word}
                className="flex w-full items-center gap-2.5 rounded-base border px-3 py-2 text-left hover:bg-raised data-[state=checked]:border-accent"
              >
                <span className={cn("h-7 w-1 rounded-full", solid)} />
                <span className="min-w-0">
                  <span className="block font-medium">{word}</span>
                  <span className="block text-12 text-muted">{what}</span>
                </span>
                {environment === connection.environment ? (
                  <span className="ml-auto text-12 text-muted">now</span>
                ) : null}
              </RadioGroup.Item>
            );
          })}
        </RadioGroup.Root>
        {chosen === "sandbox" ? null : (
          <Field
            className="mt-3"
            label="Address of the gateway"
            value={address}
            onChange={setAddress}
            fault={tried ? fault : null}
          />
        )}
        {chosen === "live" ? (
          <p className="mt-2 text-12 font-medium text-live">
            Live means real money. It sends nothing until you arm it after the start.
          </p>
        ) : null}
        <Button
          className="mt-3 w-full"
          size="large"
          disabled={same || set.isPending}
          onClick={save}
        >
          Use {ENVIRONMENTS[chosen].word.toLowerCase()} from the next start on
        </Button>
        <p className="mt-2 text-12 text-muted">
          Each environment keeps its records in a directory of its own; they never mix.
        </p>
      </div>
    </Panel>
  );
}
