import { Toast as Radix } from "radix-ui";
import { createContext, type ReactNode, use, useState } from "react";

import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";

interface ToastText {
  title: string;
  detail?: string | null;
  tone?: "plain" | "error";
  /** What a press takes back, or where it leads. */
  action?: { label: string; run: () => void };
}

const ToastContext = createContext<(toast: ToastText) => void>(() => undefined);

/** Says something in passing, for eight seconds. */
export const useToast = () => use(ToastContext);

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<(ToastText & { id: number })[]>([]);
  const show = (toast: ToastText) =>
    setToasts((before) => [...before.slice(-3), { ...toast, id: (before.at(-1)?.id ?? 0) + 1 }]);
  const drop = (id: number) => setToasts((before) => before.filter((each) => each.id !== id));
  return (
    <ToastContext value={show}>
      <Radix.Provider swipeDirection="right" duration={8000}>
        {children}
        {toasts.map(({ id, title, detail, tone, action }) => (
          <Radix.Root
            key={id}
            type={tone === "error" ? "foreground" : "background"}
            onOpenChange={(open) => {
              if (!open) drop(id);
            }}
            className={cn(
              "arrive flex items-center gap-3 rounded-card border bg-surface px-4 py-3 shadow-float",
              tone === "error" && "border-error",
            )}
          >
            <div className="min-w-0 flex-1">
              <Radix.Title className={cn("font-medium", tone === "error" && "text-error")}>
                {title}
              </Radix.Title>
              {detail ? (
                <Radix.Description className="mt-0.5 text-12 text-muted">
                  {detail}
                </Radix.Description>
              ) : null}
            </div>
            {action ? (
              <Radix.Action asChild altText={action.label}>
                <Button size="small" onClick={action.run}>
                  {action.label}
                </Button>
              </Radix.Action>
            ) : null}
          </Radix.Root>
        ))}
        <Radix.Viewport className="fixed right-4 bottom-4 z-[60] flex w-[380px] max-w-[calc(100vw-32px)] flex-col gap-2 outline-none" />
      </Radix.Provider>
    </ToastContext>
  );
}
