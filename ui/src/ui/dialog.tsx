import { X } from "lucide-react";
import { AlertDialog as RadixAlert, Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { onEscape } from "@/ui/escape";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  className?: string;
  testId?: string;
  children: ReactNode;
}

const OVERLAY = "fixed inset-0 z-40 bg-shade arrive";
const FLOAT =
  "fixed z-50 rounded-card border border-line bg-surface shadow-float arrive outline-none";

/** A window over the page: Escape and the cross close it, focus stays inside. */
export function Dialog(props: DialogProps) {
  const { open, onOpenChange, title, description, actions, className, testId, children } = props;
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={OVERLAY} />
        <Radix.Content
          data-testid={testId}
          onKeyDown={onEscape(() => onOpenChange(false))}
          // Focus on the dialog itself, so that the arrow keys scroll it and no button looks chosen.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
          }}
          {...(description ? {} : { "aria-describedby": undefined })}
          className={cn(
            FLOAT,
            "inset-x-0 top-[4vh] mx-auto flex max-h-[92vh] w-[min(1180px,calc(100vw-32px))] flex-col",
            className,
          )}
        >
          <header className="flex items-start gap-3 border-b px-5 py-3.5">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-15 font-semibold">{title}</Radix.Title>
              {description ? (
                <Radix.Description className="mt-0.5 text-12 text-muted">
                  {description}
                </Radix.Description>
              ) : null}
            </div>
            {actions}
            <Radix.Close asChild>
              <Button variant="ghost" size="icon" aria-label="Close">
                <X />
              </Button>
            </Radix.Close>
          </header>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  /** Names the thing, such as `Halt trading`. */
  action: string;
  danger?: boolean;
  onConfirm: () => void;
}

/** Asks before what cannot be undone. */
export function Confirm(props: ConfirmProps) {
  const { open, onOpenChange, title, children, action, danger, onConfirm } = props;
  return (
    <RadixAlert.Root open={open} onOpenChange={onOpenChange}>
      <RadixAlert.Portal>
        <RadixAlert.Overlay className={OVERLAY} />
        <RadixAlert.Content
          onKeyDown={onEscape(() => onOpenChange(false))}
          className={cn(FLOAT, "inset-x-0 top-[22vh] mx-auto w-[min(440px,calc(100vw-32px))] p-5")}
        >
          <RadixAlert.Title className="text-15 font-semibold">{title}</RadixAlert.Title>
          <RadixAlert.Description asChild>
            <div className="mt-2 text-muted">{children}</div>
          </RadixAlert.Description>
          <div className="mt-5 flex justify-end gap-2">
            <RadixAlert.Cancel asChild>
              <Button size="large">Cancel</Button>
            </RadixAlert.Cancel>
            <RadixAlert.Action asChild>
              <Button size="large" variant={danger ? "danger" : "primary"} onClick={onConfirm}>
                {action}
              </Button>
            </RadixAlert.Action>
          </div>
        </RadixAlert.Content>
      </RadixAlert.Portal>
    </RadixAlert.Root>
  );
}
