import { AlertDialog as Radix } from "radix-ui";
import { useState } from "react";

import { useRead } from "@/api/context";
import type { Quitting } from "@/app/use-quitting";
import { toApiError } from "@/lib/errors";
import { plain } from "@/lib/text";
import { Button } from "@/ui/button";
import { onEscape } from "@/ui/escape";
import { Skeleton } from "@/ui/panel";

/** Lines of a list that are shown; a long list is counted. */
const SHOWN = 6;

function Lines({ title, lines }: { title: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  const more = lines.length - SHOWN;
  return (
    <div className="mt-3">
      <h3 className="font-medium">{title}</h3>
      <ul className="tabular mt-0.5 list-disc pl-5 text-muted">
        {lines.slice(0, SHOWN).map((line, index) => (
          <li key={index} className="break-words">
            {plain(line)}
          </li>
        ))}
        {more > 0 ? <li>and {more} more</li> : null}
      </ul>
    </div>
  );
}

/** Says what stays live at the broker, and asks whether to quit. */
export function QuitDialog({
  quitting: { desktop, close },
  asked,
}: {
  quitting: Quitting;
  asked: NonNullable<Quitting["asked"]>;
}) {
  const { data, error } = useRead("background_get", {}, { every: 5_000 });
  const [fault, setFault] = useState<string | null>(null);
  const act = (done: Promise<void> | undefined) => {
    void done?.then(close, (thrown: unknown) => setFault(toApiError(thrown).message));
  };
  const isQuiet =
    data?.orders.length === 0 && data.positions.length === 0 && data.schedules.length === 0;
  return (
    <Radix.Root open onOpenChange={(open) => (open ? undefined : close())}>
      <Radix.Portal>
        <Radix.Overlay className="arrive fixed inset-0 z-40 bg-shade" />
        <Radix.Content
          data-testid="quit-dialog"
          onKeyDown={onEscape(close)}
          className="arrive fixed inset-x-0 top-[12vh] z-50 mx-auto max-h-[80vh] w-[min(520px,calc(100vw-32px))] overflow-y-auto rounded-card border bg-surface p-5 shadow-float outline-none"
        >
          <Radix.Title className="text-15 font-semibold">
            {asked === "ask_close" ? "Close the window and keep running?" : "Quit Throughline?"}
          </Radix.Title>
          <Radix.Description className="mt-2 text-muted">
            {asked === "ask_close"
              ? "This desktop has no tray, so nothing will show that Throughline runs on. Start it again to see the window again."
              : "Nothing is run, watched or cancelled until it is started again."}
          </Radix.Description>
          {error ? (
            <p role="alert" className="mt-3 text-error">
              What stays open at the broker could not be read: {error.message}
            </p>
          ) : data ? (
            <>
              <Lines
                title={
                  data.stands_still
                    ? "Orders that wait in the sandbox"
                    : "Orders that go on working at the broker"
                }
                lines={data.orders}
              />
              <Lines title="Positions that stay open" lines={data.positions} />
              <Lines title="Schedules that do not run after quitting" lines={data.schedules} />
              {data.stands_still && !isQuiet ? (
                <p className="mt-3 text-12 text-muted">
                  The sandbox stands still while Throughline does not run: nothing happens to them.
                </p>
              ) : null}
              {isQuiet ? (
                <p className="mt-3">No order works, no position is open, no schedule is on.</p>
              ) : null}
            </>
          ) : (
            <Skeleton className="mt-3 h-16" />
          )}
          {fault ? (
            <p role="alert" className="mt-3 text-error">
              {fault}
            </p>
          ) : null}
          <div className="mt-5 flex justify-end gap-2">
            <Radix.Cancel asChild>
              <Button size="large">Cancel</Button>
            </Radix.Cancel>
            <Button size="large" onClick={() => act(desktop?.closeWindow())}>
              Close the window only
            </Button>
            <Button size="large" variant="danger" onClick={() => act(desktop?.quit())}>
              Quit
            </Button>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
