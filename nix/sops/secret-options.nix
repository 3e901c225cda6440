# The options of one secret, in groups: each module takes those that its system has.
{
  lib,
  cfg,
  config,
  name,
}:
let
  inherit (lib) mkOption types;
  inherit (import ./owner-options.nix { inherit lib; }) mode;
in
{
  source = {
    name = mkOption {
      type = types.str;
      default = name;
      defaultText = lib.literalMD "the attribute name";
      example = "web/tls-key";
      description = "The name of the file below the directory of the secrets. It may contain `/`.";
    };

    key = mkOption {
      type = types.str;
      default = if cfg.defaultSopsKey != null then cfg.defaultSopsKey else name;
      defaultText = lib.literalMD "{option}`sops.defaultSopsKey`, or the attribute name";
      example = "database/password";
      description = ''
        Where the value stands in the sops file: keys and list indexes, separated by `/`. `""` is the whole file.
        Binary, dotenv and ini files are always taken whole.
      '';
    };

    format = mkOption {
      type = types.enum [
        "yaml"
        "json"
        "binary"
        "dotenv"
        "ini"
      ];
      default = cfg.defaultSopsFormat;
      defaultText = lib.literalExpression "config.sops.defaultSopsFormat";
      example = "binary";
      description = "The format of the sops file. It is never guessed from the file's name.";
    };

    sopsFile = mkOption {
      type = types.path;
      default = cfg.defaultSopsFile;
      defaultText = lib.literalExpression "config.sops.defaultSopsFile";
      example = lib.literalExpression "./secrets/web.yaml";
      description = "The sops file that holds the secret.";
    };

    inherit mode;
  };

  hash = {
    sopsFileHash = mkOption {
      type = types.str;
      readOnly = true;
      default = lib.optionalString cfg.validateSopsFiles (builtins.hashFile "sha256" config.sopsFile);
      defaultText = lib.literalMD "the SHA-256 sum of the encrypted file";
      description = "A hash of the encrypted file, for the `restartTriggers` of a unit.";
    };
  };

  binding = {
    place = mkOption {
      type = types.nullOr types.str;
      default = null;
      defaultText = lib.literalMD "what {option}`sops.repository` found, or null";
      example = "sops/secrets/wifi";
      description = ''
        The folder of the secret in the repository, to which its file has to be bound: {option}`sops.bindings`. For a
        file that is given by hand in place of one of {option}`sops.repository`, it is its own place or null.
      '';
    };
  };

  handling = {
    onFailure = mkOption {
      type = types.enum [
        "keep"
        "omit"
        "abort"
      ];
      default = cfg.onFailure;
      defaultText = lib.literalExpression "config.sops.onFailure";
      example = "abort";
      description = "What happens when it cannot be had; see {option}`sops.onFailure`.";
    };

    optional = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Whether the machine can do without it. If nothing but optional ones failed, the exit status of the unit is 7,
        which `SuccessExitStatus` can make a success.
      '';
    };

    symlink = mkOption {
      type = types.bool;
      default = true;
      example = false;
      description = ''
        Whether `path` is a symbolic link into the memory file system. If not, it is a copy, for programs that refuse
        links. Copies are only made on memory file systems, such as `/run`.
      '';
    };

    parentMode = mkOption {
      type = types.nullOr (types.strMatching "0*[0-7]{3}");
      default = null;
      example = "0700";
      description = "The mode of the directories that are made for `path`, in octal. Null stands for 0755.";
    };
  };

  parents = {
    parentOwner = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "alice";
      description = "Who owns the directories that are made for `path`. Null stands for root, and in a home for its owner.";
    };

    parentGroup = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "users";
      description = "The group of the directories that are made for `path`. Null stands for root's, and in a home for that of its owner.";
    };
  };

  empty = {
    allowEmpty = mkOption {
      type = types.nullOr types.bool;
      default = null;
      example = true;
      description = ''
        Whether an empty value is meant. False refuses it; null installs it with a warning, for it is a mistake more
        often than not.
      '';
    };
  };

  hashed = {
    hashed = mkOption {
      type = types.nullOr (types.enum [ "sha512crypt" ]);
      default = null;
      example = "sha512crypt";
      description = ''
        Whether only the hash of the value is installed, for {option}`users.users.<name>.hashedPasswordFile`. The sops file
        then holds the password itself. The hash stays the same until the password or the data key of the file changes.
        There is no `yescrypt`: no implementation of it for Node is kept up. Hashes that `mkpasswd` makes of it are
        installed like any other value, without `hashed`.
      '';
    };
  };

  standIn = {
    standIn = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "postgres://app:app@localhost/app";
      description = ''
        What is installed where {option}`sops.standIn` has secrets made up: a value that programs take, as a key of the
        right form. It is in the Nix store, where everybody can read it. With `hashed` it is the password. Null stands for
        a text that says what it is, or for a number.
      '';
    };
  };

  units = {
    restartUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "nginx.service" ];
      description = "Units that are restarted when the secret changes: its content, owner, group, mode or path.";
    };

    reloadUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "nginx.service" ];
      description = "Units that are reloaded when the secret changes: its content, owner, group, mode or path.";
    };
  };
}
