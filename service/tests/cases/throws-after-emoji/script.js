// Columns count UTF-16 code units, as editors do: the Error stands in column 36 of line 3, behind two emoji and two umlauts.
async function run() {
  const text = "😀😀äö"; throw new Error(text);
}
