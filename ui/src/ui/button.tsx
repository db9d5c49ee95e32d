import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";

import { cn } from "@/ui/cn";

const button = cva(
  "inline-flex items-center justify-center gap-1.5 rounded-base font-medium whitespace-nowrap select-none transition-colors duration-[120ms] disabled:opacity-50 [&_svg]:size-3.5 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent text-on-solid hover:opacity-90",
        outline: "border border-line-strong bg-surface text-text hover:bg-raised",
        ghost: "text-muted hover:bg-raised hover:text-text",
        danger: "bg-error text-on-solid hover:opacity-90",
      },
      size: {
        small: "h-6 px-2 text-12",
        medium: "h-7 px-2.5 text-13",
        large: "h-8 px-3 text-13",
        icon: "size-7",
      },
    },
    defaultVariants: { variant: "outline", size: "medium" },
  },
);

export interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof button> {
  asChild?: boolean;
}

export function Button({ className, variant, size, asChild, ...rest }: ButtonProps) {
  const Part = asChild ? Slot.Root : "button";
  return (
    <Part
      {...(asChild ? {} : { type: "button" as const })}
      className={cn(button({ variant, size }), className)}
      {...rest}
    />
  );
}
