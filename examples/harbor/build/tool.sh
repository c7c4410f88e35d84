#!/bin/bash
# Writes a client tool of the example: a program that prints its parts one after the other.
#
# usage: tool.sh FORMAT FILE PART…      FORMAT: elf (static, Linux on x86-64) | script (sh, for every other system)
#                                       PART:   text:STRING | version | image | arch
#
# `version`, `image` and `arch` are the places that `oc adm release extract --tools` fills in when it takes a tool out of
# a release: NUL, marker, NUL, room for the value as X's, NUL. Before that they print as nothing.
set -euo pipefail
export LC_ALL=C
format=$1 file=$2
shift 2

le() { # le BYTES NUMBER: little-endian
  local i
  for ((i = 0; i < $1; i++)); do printf '%b' "\\x$(printf '%02x' $((($2 >> (8 * i)) & 255)))"; done
}
marker() { printf '\0%s\0' "$1"; printf '%*s' "$2" '' | tr ' ' X; printf '\0'; }
part() {
  case $1 in
    text:*) printf '%s\0' "${1#text:}" ;;
    version) marker _RELEASE_VERSION_LOCATION_ 64 ;;
    image) marker _RELEASE_IMAGE_LOCATION_ 300 ;;
    arch) marker _RELEASE_ARCHITECTURE_LOCATION_ 64 ;;
    *) echo "tool.sh: unknown part $1" >&2 && exit 2 ;;
  esac
}

write_script() {
  # A value ends at the first NUL; what is left of the marker runs to the end of its line.
  printf '#!/bin/sh\nLC_ALL=C tr "\\000" "\\011" <"$0" | sed -e "1,/^exit/d" -e "s/$(printf "\\011").*//"\nexit 0\n'
  local word
  for word in "$@"; do
    case $word in text:*) printf '%s' "${word#text:}" ;; *) part "$word" ;; esac
  done
}

write_elf() {
  local word base=$((0x400000)) code=120 table=176 # file offsets; the whole file is mapped at base
  local address=$((base + table + 8 * ($# + 1))) size=$((table + 8 * ($# + 1)))
  for word in "$@"; do size=$((size + $(part "$word" | wc -c))); done
  printf '\x7fELF\x02\x01\x01'; le 9 0                                             # 64-bit, little-endian
  le 2 2; le 2 62; le 4 1; le 8 $((base + code)); le 8 64; le 8 0; le 4 0          # EXEC, x86-64, entry, program headers
  le 2 64; le 2 56; le 2 1; le 2 64; le 2 0; le 2 0
  le 4 1; le 4 5; le 8 0; le 8 $base; le 8 $base; le 8 $size; le 8 $size; le 8 4096 # LOAD, read + execute
  printf '\x48\x8d\x1d\x31\x00\x00\x00'         #        lea  rbx, [rip+table]
  printf '\x48\x8b\x33'                         # next:  mov  rsi, [rbx]
  printf '\x48\x85\xf6\x74\x1c'                 #        test rsi, rsi; jz done
  printf '\x31\xd2'                             #        xor  edx, edx
  printf '\x80\x3c\x16\x00\x74\x05'             # count: cmp  byte [rsi+rdx], 0; je write
  printf '\x48\xff\xc2\xeb\xf5'                 #        inc  rdx; jmp count
  printf '\xb8\x01\x00\x00\x00\x89\xc7\x0f\x05' # write: mov  eax, 1; mov edi, eax; syscall     write(1, rsi, rdx)
  printf '\x48\x83\xc3\x08\xeb\xdc'             #        add  rbx, 8; jmp next
  printf '\xb8\x3c\x00\x00\x00\x31\xff\x0f\x05' # done:  mov  eax, 60; xor edi, edi; syscall    exit(0)
  printf '\x90\x90\x90\x90'
  for word in "$@"; do
    le 8 $address
    address=$((address + $(part "$word" | wc -c)))
  done
  le 8 0
  for word in "$@"; do part "$word"; done
}

"write_$format" "$@" >"$file"
chmod 755 "$file"
