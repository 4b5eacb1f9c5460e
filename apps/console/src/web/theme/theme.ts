import { createTheme, type MantineColorsTuple } from "@mantine/core";

const shades = Array.from({ length: 10 }, (_, shade) => `var(--mantine-color-accent-${shade})`);

/**
 * The look. Colours are in tokens.css and not here: Mantine would write them into a style element, which the
 * Content-Security-Policy refuses, so everything that is a variable is in a stylesheet.
 */
export const theme = createTheme({
  primaryColor: "accent",
  colors: { accent: shades as unknown as MantineColorsTuple },
  defaultRadius: "sm",
  respectReducedMotion: true,
  cursorType: "pointer",
  focusRing: "auto",
  components: {
    // Locking the page's scroll by script would also need a style element; dialog.css does it.
    // A dialog's head is no second banner of the page.
    Modal: {
      defaultProps: {
        lockScroll: false,
        centered: true,
        overlayProps: { backgroundOpacity: 0.45 },
        attributes: { header: { role: "none" } },
      },
    },
    Drawer: { defaultProps: { lockScroll: false, attributes: { header: { role: "none" } } } },
    Tooltip: { defaultProps: { withArrow: true, multiline: true, maw: 320, events: { hover: true, focus: true, touch: true } } },
    Button: { defaultProps: { size: "sm" } },
    Table: { defaultProps: { verticalSpacing: "xs", horizontalSpacing: "sm" } },
  },
});
