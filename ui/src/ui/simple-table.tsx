import type { ComponentProps } from "react";

import { cn } from "@/ui/cn";

/** A small table that needs neither sorting nor hiding. */
export function Table({ className, ...rest }: ComponentProps<"table">) {
  return <table className={cn("w-full border-collapse text-left", className)} {...rest} />;
}
export function Th({ className, ...rest }: ComponentProps<"th">) {
  return (
    <th
      scope="col"
      className={cn(
        "border-b py-1 pr-4 text-12 font-medium whitespace-nowrap text-muted last:pr-0",
        className,
      )}
      {...rest}
    />
  );
}
export function Td({ className, ...rest }: ComponentProps<"td">) {
  return <td className={cn("border-b py-1.5 pr-4 align-top last:pr-0", className)} {...rest} />;
}
export const NUMERIC = "text-right tabular whitespace-nowrap";
