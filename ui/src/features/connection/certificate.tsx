import { useState } from "react";

import { useToldAct } from "@/api/told-act";
import type { CertificateDto } from "@/gen/types";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { CopyButton } from "@/ui/copy-button";
import { Confirm } from "@/ui/dialog";
import { Panel } from "@/ui/panel";
import { Light } from "@/ui/state";

/** Pairs in groups of eight, which an eye can compare line by line. */
function Fingerprint({ label, value, other }: { label: string; value: string; other?: string }) {
  const pairs = value.split(":");
  const beside = other?.split(":");
  return (
    <figure className="min-w-0">
      <figcaption className="flex items-center gap-1 text-12 text-muted">
        {label}
        <CopyButton text={value} label={`Copy: ${label}`} />
      </figcaption>
      <code
        aria-label={`${label}: ${value}`}
        className="grid w-fit grid-cols-[repeat(8,auto)] gap-x-2 font-mono text-13 leading-[1.7]"
      >
        {pairs.map((pair, index) => (
          <span
            key={index}
            className={cn(
              beside &&
                beside[index] !== pair &&
                "font-semibold text-error underline underline-offset-2",
            )}
          >
            {pair}
          </span>
        ))}
      </code>
    </figure>
  );
}

const Shipped = () => (
  <p className="mt-2 max-w-[72ch] text-muted">
    This is the certificate that Interactive Brokers ships with every copy of its gateway. It
    protects against nobody who has downloaded the gateway as well: accept it only for a gateway
    that you started yourself, on this computer.
  </p>
);

/** The gateway's certificate: first contact, a change, or the quiet line when all is well. */
export function Certificate({ certificate }: { certificate: CertificateDto }) {
  const { fingerprint, pinned, is_shipped } = certificate;
  const [asking, setAsking] = useState(false);
  const trust = useToldAct("certificate_trust");
  const accept = () =>
    trust.run(
      { fingerprint },
      {
        done: "The certificate is accepted. From now on only this one is.",
        failed: "The certificate was not accepted.",
      },
    );
  if (pinned === fingerprint) {
    return (
      <Panel
        title="Certificate"
        actions={
          <span className="flex items-center gap-1.5 text-12 text-muted">
            <Light tone="up" shape="check" /> the accepted one
          </span>
        }
      >
        <div className="p-4">
          <Fingerprint label="SHA-256" value={fingerprint} />
          {is_shipped ? <Shipped /> : null}
        </div>
      </Panel>
    );
  }
  if (pinned !== null) {
    return (
      <section
        role="alert"
        className="overflow-hidden rounded-card border-2 border-error bg-surface"
      >
        <h2 className="flex items-center gap-2 bg-error px-4 py-2 text-15 font-semibold text-on-solid">
          <Light tone="error" shape="square" className="text-on-solid" />
          Stopped: the gateway shows another certificate than the one that you accepted
        </h2>
        <div className="px-4 py-3">
          <p className="max-w-[80ch]">
            Nothing is sent to it. Another program may be listening at the address, or the gateway
            was installed anew. Find out which before you go on: the pairs that differ are
            underlined.
          </p>
          <div className="mt-3 flex flex-wrap gap-x-12 gap-y-3">
            <Fingerprint label="Accepted before" value={pinned} other={fingerprint} />
            <Fingerprint label="Shown now" value={fingerprint} other={pinned} />
          </div>
          {is_shipped ? <Shipped /> : null}
          <Button
            className="mt-4 border-error text-error"
            size="large"
            disabled={trust.isPending}
            onClick={() => setAsking(true)}
          >
            I know why it changed…
          </Button>
        </div>
        <Confirm
          open={asking}
          onOpenChange={setAsking}
          title="Accept the new certificate?"
          action="Accept the new certificate"
          danger
          onConfirm={accept}
        >
          Whoever holds its key can read the session and send orders in your name. The one that was
          accepted before is refused from then on.
        </Confirm>
      </section>
    );
  }
  return (
    <section className="rounded-card border border-warn bg-surface px-4 py-3" role="alert">
      <h2 className="flex items-center gap-2 text-15 font-semibold text-warn">
        <Light tone="warn" shape="triangle" className="size-3.5" />
        First contact: compare the certificate and accept it
      </h2>
      <p className="mt-1 max-w-[80ch]">
        The gateway signs its own certificate, so nobody else vouches for it. Compare the
        fingerprint with the one that the browser shows at the gateway&apos;s address. Once
        accepted, any other is refused.
      </p>
      <div className="mt-3">
        <Fingerprint label="SHA-256 of the certificate shown" value={fingerprint} />
      </div>
      {is_shipped ? <Shipped /> : null}
      <Button
        variant="primary"
        size="large"
        className="mt-3"
        disabled={trust.isPending}
        onClick={accept}
      >
        {trust.isPending ? "Accepting…" : "It is the same: accept it"}
      </Button>
    </section>
  );
}
