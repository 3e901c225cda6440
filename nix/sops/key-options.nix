# Options that say which private keys open the secrets. `sshKeys` is the default of both lists of SSH keys.
{
  lib,
  pkgs,
  ageSshKeys,
  gnupgSshKeys,
}:
let
  inherit (lib) mkOption types;

  # What is in the store can be read by everyone on the machine.
  pathNotInStore = lib.mkOptionType {
    name = "pathNotInStore";
    description = "path not in the Nix store";
    descriptionClass = "noun";
    check = value: lib.isStringLike value && !lib.path.hasStorePathPrefix (/. + toString value);
    merge = lib.mergeEqualOption;
  };
in
{
  age = {
    keyFile = mkOption {
      type = types.nullOr pathNotInStore;
      default = null;
      example = "/var/lib/sops-nix/key.txt";
      # Written as a path it would be copied to the store, wherever it is named.
      apply = file: if file == null then null else toString file;
      description = "A file with age identities. Where it is missing or damaged, what only it can open is not installed.";
    };

    plugins = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.age-plugin-tpm ]";
      description = "Packages whose age plugins are found by the program that installs the secrets.";
    };

    generateKey = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether {option}`sops.age.keyFile` is generated when it does not exist.";
    };

    sshKeyPaths =
      mkOption {
        type = types.listOf types.path;
        example = [ "/etc/ssh/ssh_host_ed25519_key" ];
        description = "SSH keys that are used as age identities. One that does not exist is skipped with a warning.";
      }
      // ageSshKeys;
  };

  gnupg = {
    home = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "/root/.gnupg";
      description = ''
        The GnuPG home directory with the key that opens the files, without a passphrase. It brings GnuPG to the
        machine.
      '';
    };

    sshKeyPaths =
      mkOption {
        type = types.listOf types.path;
        example = [ "/etc/ssh/ssh_host_rsa_key" ];
        description = ''
          RSA SSH keys that are used as GnuPG keys, as ssh-to-pgp makes them. hostseal needs no GnuPG for it. One that
          does not exist is skipped.
        '';
      }
      // gnupgSshKeys;

    package = mkOption {
      type = types.package;
      default = pkgs.gnupg;
      defaultText = lib.literalExpression "pkgs.gnupg";
      example = lib.literalExpression "pkgs.gnupg24";
      description = "The GnuPG that is used when {option}`sops.gnupg.home` is set.";
    };
  };
}
