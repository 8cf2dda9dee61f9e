const paths = {
  fabric: "M4 5h6v4H4zM14 5h6v4h-6zM4 15h4v4H4zM10 15h4v4h-4zM16 15h4v4h-4zM7 9v6M17 9v6M7 11.500h10M12 11.500V15",
  tenants:
    "M3 19c0-3 2.500-5 5-5s5 2 5 5M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M15 14c3 0 6 1.500 6 5M16 11a2.500 2.500 0 1 0 0-5",
  changes: "M6 4v10M6 20a3 3 0 1 0 0-6 3 3 0 0 0 0 6M18 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6M18 10c0 5-6 5-9 6",
  economics: "M4 20V10M10 20V4M16 20v-8M21 20H3",
  ask: "M5 5h14v10h-7l-4 4v-4H5z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 3v2M12 19v2M3 12h2M19 12h2M5.600 5.600 7 7M17 17l1.400 1.400M5.600 18.400 7 17M17 7l1.400-1.400",
  moon: "M19 14.500A7.500 7.500 0 0 1 9.500 5a7.500 7.500 0 1 0 9.500 9.500",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4",
  alert: "M12 4l9 16H3zM12 10v4M12 17v.010",
  check: "M5 12.500l4.500 4.500L19 7.500",
  cross: "M6 6l12 12M18 6L6 18",
  arrow: "M5 12h14M13 6l6 6-6 6",
  plus: "M12 5v14M5 12h14",
  copy: "M9 9h10v10H9zM5 15V5h10",
  back: "M19 12H5M11 6l-6 6 6 6",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4.500l3 2",
  undo: "M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10h-4",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13M15.500 15.500 20 20",
} as const;

export type IconName = keyof typeof paths;

export const Icon = ({ name, size = 18 }: { name: IconName; size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth={1.8}
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={paths[name]} />
  </svg>
);
