/** A command cannot do what it was asked, for a reason that its user can mend: the message is all that is printed. */
export class Problem extends Error {
  override readonly name = "Problem";
}
