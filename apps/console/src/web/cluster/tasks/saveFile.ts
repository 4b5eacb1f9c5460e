/** Hands a text to the browser as a file. */
export const saveFile = (name: string, text: string, type = "text/plain"): void => {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The download has begun once the click is over; a moment more does no harm.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
};
