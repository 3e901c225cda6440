# Who owns a file and who may read it: the options that secrets and templates share. `groupOf` says which group
# goes with an owner.
{ lib }:
let
  inherit (lib) mkOption types;
in
{
  mode = mkOption {
    type = types.strMatching "[0-7]+";
    default = "0400";
    example = "0440";
    description = "The mode of the file, in octal. It holds whatever the umask is; bits above 0777 do not count.";
  };

  ids = {
    uid = mkOption {
      type = types.nullOr types.int;
      default = 0;
      example = 1000;
      description = "The owner as a number, used when `owner` is null. The user need not exist.";
    };

    gid = mkOption {
      type = types.nullOr types.int;
      default = 0;
      example = 100;
      description = "The group as a number, used when `group` is null. The group need not exist.";
    };
  };

  names =
    { owner, group }:
    {
      owner = mkOption (
        {
          type = types.nullOr types.singleLineStr;
          default = null;
          example = "nginx";
          description = "The user that owns the file. Null stands for `uid`.";
        }
        // owner
      );

      group = mkOption (
        {
          type = types.nullOr types.singleLineStr;
          example = "nginx";
          description = "The group of the file. Null stands for `gid`.";
        }
        // group
      );
    };
}
