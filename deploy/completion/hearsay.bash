# bash completion for hearsay(1).  Options come from the command's own help, so that
# they are never out of step with it.

_hearsay_options() {
	"$1" help "$2" 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u
}

_hearsay() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[0]} verb=${COMP_WORDS[1]}
	local verbs="extract submit get wait watch stats why dead kick cancel purge pause drain resume keys backup check repair compact help version"

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ] || { [ "$verb" = help ] && [ "$COMP_CWORD" -eq 2 ]; }; then
		mapfile -t COMPREPLY < <(compgen -W "$verbs --help --version" -- "$cur")
		return
	fi
	case $prev in
	--color)
		mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$cur")
		return
		;;
	--format | -f)
		mapfile -t COMPREPLY < <(compgen -W "auto text jsonl lines" -- "$cur")
		return
		;;
	--state)
		mapfile -t COMPREPLY < <(compgen -W "ready delayed done dead cancelled" -- "$cur")
		return
		;;
	--config | --model | -m | --all-from)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--broker | -b | --tenant | --timeout | -t | --key | -k | --id | --published | --batch | --threads | -n | --after | --reason | --older | --priority | --delay | --not-before | --lease | --attempts)
		return
		;;
	esac
	case $cur in
	-*)
		mapfile -t COMPREPLY < <(compgen -W "$(_hearsay_options "$command" "$verb")" -- "$cur")
		;;
	*)
		case $verb in
		keys)
			[ "$COMP_CWORD" -gt 2 ] ||
				mapfile -t COMPREPLY < <(compgen -W "new allow revoke list" -- "$cur")
			;;
		check | repair | compact)
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -d -- "$cur")
			;;
		backup | extract | submit)
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			;;
		esac
		;;
	esac
}

complete -F _hearsay hearsay
