import { Monitor, Moon, Sun } from "lucide-react";
import { useSyncExternalStore } from "react";

import { chooseTheme, chosenTheme, onTheme, THEME_WORDS, THEMES } from "@/lib/theme";
import { Button } from "@/ui/button";
import { Menu, MenuChoice } from "@/ui/menu";

const ICONS = { system: Monitor, light: Sun, dark: Moon };

export function ThemeControl() {
  const theme = useSyncExternalStore(onTheme, chosenTheme);
  const Icon = ICONS[theme];
  return (
    <Menu
      align="end"
      trigger={
        <Button
          variant="ghost"
          size="icon"
          aria-label={`Theme: ${THEME_WORDS[theme]}`}
          title="Theme"
        >
          <Icon />
        </Button>
      }
    >
      <MenuChoice
        label="Theme"
        value={theme}
        onChange={chooseTheme}
        options={THEMES.map((value) => ({ value, text: THEME_WORDS[value] }))}
      />
    </Menu>
  );
}
