import { useState } from "react";

import { useToldAct } from "@/api/told-act";
import type { NotificationTestDto, WebhookSettings } from "@/gen/types";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";
import { Field } from "@/ui/field";
import { Switch } from "@/ui/switch";

const SHORTEST_SECRET = 16;

/** 32 random bytes in hexadecimal, made in this window. */
function madeUp(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The address that is called, its secret, and a test of both. */
export function Webhook({
  webhook,
  hasSecret,
  isSaving,
  onSave,
}: {
  webhook: WebhookSettings;
  hasSecret: boolean;
  isSaving: boolean;
  onSave: (webhook: WebhookSettings) => void;
}) {
  const [url, setUrl] = useState(webhook.url ?? "");
  const [hosts, setHosts] = useState(webhook.allowed_hosts.join(", "));
  const [secret, setSecret] = useState("");
  /** Shown once, to be copied to the receiver; it never comes out of the vault again. */
  const [made, setMade] = useState<string | null>(null);
  const [tested, setTested] = useState<NotificationTestDto | null>(null);
  const setting = useToldAct("webhook_secret_set");
  const test = useToldAct("notification_test");
  const typed: WebhookSettings = {
    ...webhook,
    url: url.trim() === "" ? null : url.trim(),
    allowed_hosts: hosts.split(/[\s,]+/).filter(Boolean),
  };
  const isChanged = JSON.stringify(typed) !== JSON.stringify(webhook);
  const keep = (text: string | null, isMade: boolean) =>
    setting.run(
      { secret: text },
      {
        done: text === null ? "The secret is forgotten." : "The secret is kept.",
        failed: "The secret was not kept.",
        then: () => {
          setSecret("");
          setMade(isMade ? text : null);
        },
      },
    );
  return (
    <form
      className="w-[420px] max-w-full space-y-3 text-left"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSave(typed);
      }}
    >
      <div className="flex items-center justify-between gap-3">
        <span className="font-medium">Call it</span>
        <Switch
          label="Webhook"
          checked={webhook.is_on}
          disabled={isSaving || (!webhook.is_on && typed.url === null)}
          onChange={(isOn) => onSave({ ...typed, is_on: isOn })}
        />
      </div>
      <Field
        label="Address"
        hint="(https)"
        value={url}
        onChange={setUrl}
        placeholder="https://example.org/throughline"
      />
      <Field
        label="Hosts allowed by name"
        hint="(only for this computer or a private network)"
        value={hosts}
        onChange={setHosts}
        placeholder="hooks.home.example"
      />
      <div className="flex justify-end">
        <Button type="submit" disabled={!isChanged || isSaving}>
          {isSaving ? "Saving…" : "Save the address"}
        </Button>
      </div>
      <div className="flex items-end gap-2 border-t pt-3">
        <Field
          className="flex-1"
          label="Secret"
          hint={hasSecret ? "(one is kept; a new one replaces it)" : "(none is kept yet)"}
          type="password"
          autoComplete="new-password"
          value={secret}
          onChange={setSecret}
          fault={
            secret !== "" && secret.length < SHORTEST_SECRET
              ? `At least ${SHORTEST_SECRET} characters.`
              : null
          }
        />
        <Button
          size="large"
          disabled={secret.length < SHORTEST_SECRET || setting.isPending}
          onClick={() => keep(secret, false)}
        >
          Keep
        </Button>
        <Button size="large" disabled={setting.isPending} onClick={() => keep(madeUp(), true)}>
          Make one up
        </Button>
      </div>
      {made === null ? null : (
        <div className="rounded-base border border-warn p-2 text-12">
          <p>Give it to the receiver now. It is not shown again.</p>
          <p className="mt-1 flex items-center gap-1">
            <code className="min-w-0 break-all">{made}</code>
            <CopyButton text={made} label="Copy the secret" />
          </p>
        </div>
      )}
      <div className="flex items-center gap-2 border-t pt-3">
        <p
          role="status"
          className={cn(
            "min-w-0 flex-1 text-12 break-words",
            tested && !tested.is_taken ? "text-error" : "text-muted",
          )}
        >
          {tested ? plain(tested.sentence) : "A test says in its body that it is one."}
        </p>
        {hasSecret ? (
          <Button variant="ghost" disabled={setting.isPending} onClick={() => keep(null, false)}>
            Forget the secret
          </Button>
        ) : null}
        <Button
          disabled={test.isPending || isChanged || webhook.url === null}
          onClick={() =>
            test.run({ channel: "webhook" }, { failed: "The test was not sent.", then: setTested })
          }
        >
          {test.isPending ? "Sending…" : "Send a test"}
        </Button>
      </div>
    </form>
  );
}
