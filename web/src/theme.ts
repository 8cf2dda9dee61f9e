import { createTheme, type CSSVariablesResolver } from "@mantine/core";

/** Petrol of the mark; the loads' green, amber and red and the tenants' hues keep out of its way. */
const petrol = [
  "#e6f5f7",
  "#cfe9ed",
  "#a1d3db",
  "#6fbcc9",
  "#48a8b8",
  "#2a97a9",
  "#127b8f",
  "#0b7285",
  "#085d6d",
  "#05424e",
] as const;

/** The dark scheme's greys, a little blue as the rest is. */
const slate = [
  "#e6edf1",
  "#b9c5cd",
  "#9dabb5",
  "#6f7f8a",
  "#37434b",
  "#2a333a",
  "#182025",
  "#12171b",
  "#0e1316",
  "#0a0e10",
] as const;

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol, dark: slate },
  autoContrast: true,
  luminanceThreshold: 0.28,
  defaultRadius: "md",
  cursorType: "pointer",
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  fontFamily:
    'Inter, "Segoe UI", -apple-system, BlinkMacSystemFont, Roboto, "Noto Sans", "Helvetica Neue", "Liberation Sans", "DejaVu Sans Condensed", system-ui, sans-serif',
  fontFamilyMonospace:
    '"JetBrains Mono", ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace',
  headings: { fontWeight: "650", sizes: { h2: { fontSize: "1.375rem", lineHeight: "1.25" } } },
});

/** Quieter ground under white cards, and secondary text that still reads: 4.5 to 1 and better on both grounds. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-text": "#17222a",
    "--mantine-color-dimmed": "#55646e",
    "--mantine-color-default-border": "#dde4e8",
    "--mantine-color-placeholder": "#62717b",
    "--mantine-color-gray-light": "#e9eef1",
    "--mantine-color-gray-light-color": "#3d4b55",
    "--mantine-color-green-light": "#d8f3e6",
    "--mantine-color-green-light-color": "#0a6247",
    "--mantine-color-red-light": "#fdebeb",
    "--mantine-color-red-light-color": "#a61e1e",
  },
  dark: {
    "--mantine-color-body": "#12171b",
    "--mantine-color-text": "#e6edf1",
    "--mantine-color-dimmed": "#9dabb5",
    "--mantine-color-default-border": "#2a333a",
    "--mantine-color-default": "#1b2227",
    "--mantine-color-default-hover": "#222b31",
    "--mantine-color-placeholder": "#8795a0",
    "--mantine-color-petrol-light": "#17343a",
    "--mantine-color-petrol-light-hover": "#1c4048",
    "--mantine-color-petrol-light-color": "#a1d3db",
    "--mantine-color-gray-light": "#253037",
    "--mantine-color-gray-light-color": "#c5d0d7",
    "--mantine-color-red-light": "#3a1b1f",
    "--mantine-color-red-light-color": "#ffb4b4",
    "--mantine-color-green-light": "#15352a",
    "--mantine-color-green-light-color": "#8ce0bb",
    "--mantine-color-blue-light": "#162f47",
    "--mantine-color-blue-light-color": "#a5d0f5",
  },
});
