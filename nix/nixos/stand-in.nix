# A virtual machine of a configuration has none of its keys: `nixos-rebuild build-vm` gets made-up values.
{ options, lib, ... }:
let
  variants = [
    "vmVariant"
    "vmVariantWithBootLoader"
  ];
in
{
  config = lib.optionalAttrs (options ? virtualisation) {
    virtualisation = lib.genAttrs (lib.filter (variant: options.virtualisation ? ${variant}) variants) (_: {
      sops.standIn = lib.mkDefault true;
    });
  };
}
