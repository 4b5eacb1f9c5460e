/** Names that a template may call: Go's own, and those of sprig that give the same for the same. */
export const builtinFunctions: ReadonlySet<string> = new Set(
  "and call html index slice js len not or print printf println urlquery eq ge gt le lt ne break continue".split(" "),
);

export const sprigHermeticFunctions: ReadonlySet<string> = new Set(
  `hello ago durationRound must_date_modify mustDateModify must_toDate
  mustToDate toDate unixEpoch duration
  abbrev abbrevboth trunc trim upper lower title untitle substr repeat trimall trimAll trimSuffix trimPrefix nospace initials
  swapcase shuffle snakecase camelcase kebabcase wrap wrapWith contains hasPrefix hasSuffix quote squote cat indent nindent
  replace plural sha1sum sha256sum sha512sum adler32sum toString
  atoi int64 int float64 seq toDecimal gt lt
  split splitList splitn toStrings until untilStep
  add1 add sub div mod mul randInt add1f addf subf divf mulf biggest max min maxf minf ceil floor round
  join sortAlpha
  default empty coalesce all any compact mustCompact fromJson toJson toPrettyJson toRawJson mustFromJson mustToJson
  mustToPrettyJson mustToRawJson ternary deepCopy mustDeepCopy
  typeOf typeIs typeIsLike kindOf kindIs deepEqual
  base dir clean ext isAbs osBase osClean osDir osExt osIsAbs
  b64enc b64dec b32enc b32dec
  tuple list dict get set unset hasKey pluck keys pick omit merge mergeOverwrite mustMerge mustMergeOverwrite values
  append push mustAppend mustPush prepend mustPrepend first mustFirst rest mustRest last mustLast initial mustInitial
  reverse mustReverse uniq mustUniq without mustWithout has mustHas slice mustSlice concat dig chunk mustChunk
  derivePassword buildCustomCert genCA genCAWithKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert
  genSignedCertWithKey bcrypt htpasswd encryptAES decryptAES genPrivateKey
  semver semverCompare
  fail regexMatch mustRegexMatch regexFindAll mustRegexFindAll regexFind mustRegexFind regexReplaceAll
  mustRegexReplaceAll regexReplaceAllLiteral mustRegexReplaceAllLiteral regexSplit mustRegexSplit regexQuoteMeta
  urlParse urlJoin`
    .trim()
    .split(/\s+/),
);
