# A path that is not in the Nix store: what is there can be read by everyone on the machine.
{ lib }:
lib.mkOptionType {
  name = "pathNotInStore";
  description = "path not in the Nix store";
  descriptionClass = "noun";
  check = value: lib.isStringLike value && !lib.path.hasStorePathPrefix (/. + toString value);
  merge = lib.mergeEqualOption;
}
