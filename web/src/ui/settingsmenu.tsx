// Language, theme, size of text, sound, sign-out.

import { SCALES } from "../core/preferences.ts";
import { sayRefusal } from "./messages.tsx";
import { signOut } from "./session.ts";
import { chooseLanguage, chooseScale, chooseSound, chooseTheme, isSoundOn, language, scale, theme } from "./settings.ts";
import { common } from "./words.ts";

type Option<T> = { value: T; name: string };

function Choice<T>(props: { title: string; testid: string; options: Option<T>[]; chosen: T; onChoose: (value: T) => void }) {
  return (
    <div role="group" aria-label={props.title}>
      <div class="label">{props.title}</div>
      <div class="choice">
        {props.options.map(({ value, name }) => (
          <button
            key={name}
            type="button"
            class="button"
            aria-pressed={value === props.chosen}
            data-testid={`${props.testid}-${String(value)}`}
            onClick={() => props.onChoose(value)}
          >
            {name}
          </button>
        ))}
      </div>
    </div>
  );
}

export function SettingsChoices({ withSound = true }: { withSound?: boolean }) {
  return (
    <>
      <Choice
        title={common("language")} testid="language" chosen={language.value} onChoose={chooseLanguage}
        options={[{ value: "id", name: "Indonesia" }, { value: "en", name: "English" }]}
      />
      <Choice
        title={common("theme")} testid="theme" chosen={theme.value} onChoose={chooseTheme}
        options={[{ value: "dark", name: common("dark") }, { value: "light", name: common("light") }]}
      />
      <Choice
        title={common("text_size")} testid="scale" chosen={scale.value} onChoose={chooseScale}
        options={SCALES.map((percent) => ({ value: percent as number, name: `${percent} %` }))}
      />
      {withSound && (
        <Choice
          title={common("sound")} testid="sound" chosen={isSoundOn.value} onChoose={chooseSound}
          options={[{ value: true, name: common("on") }, { value: false, name: common("off") }]}
        />
      )}
    </>
  );
}

export function SettingsMenu() {
  const close = (event: FocusEvent) => {
    const menu = event.currentTarget as HTMLDetailsElement;
    if (!menu.contains(event.relatedTarget as Node | null) && event.relatedTarget) menu.open = false;
  };
  return (
    <details
      class="menu"
      data-testid="settings"
      onFocusOut={close}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.open = false;
      }}
    >
      <summary class="button is-bare" data-testid="settings-open" aria-label={common("settings")} title={common("settings")}>
        ⚙
      </summary>
      <div class="drawer">
        <SettingsChoices />
        <button type="button" class="button" data-testid="sign-out" onClick={() => void signOut().catch(sayRefusal)}>
          {common("sign_out")}
        </button>
      </div>
    </details>
  );
}
