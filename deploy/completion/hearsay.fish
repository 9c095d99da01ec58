# fish completion for hearsay(1); options come from the command's own help.

function __hearsay_needs_verb
    test (count (commandline -opc)) -eq 1
end

function __hearsay_options
    set -l words (commandline -opc)
    $words[1] help $words[2] 2>/dev/null | string match -rg -- '(--[a-z][a-z-]*)'
end

complete -c hearsay -f
complete -c hearsay -n __hearsay_needs_verb -a extract -d 'who said what in articles, here'
complete -c hearsay -n __hearsay_needs_verb -a submit -d 'hand articles to a broker'
complete -c hearsay -n __hearsay_needs_verb -a get -d 'the results there are'
complete -c hearsay -n __hearsay_needs_verb -a wait -d 'wait for results'
complete -c hearsay -n __hearsay_needs_verb -a watch -d 'show every article that is done'
complete -c hearsay -n __hearsay_needs_verb -a stats -d 'what the broker has in its queue'
complete -c hearsay -n __hearsay_needs_verb -a why -d 'why an article is not done'
complete -c hearsay -n __hearsay_needs_verb -a dead -d 'what failed for good, and why'
complete -c hearsay -n __hearsay_needs_verb -a kick -d 'try again what failed for good or was cancelled'
complete -c hearsay -n __hearsay_needs_verb -a cancel -d 'have articles read no more'
complete -c hearsay -n __hearsay_needs_verb -a purge -d 'delete articles with their results'
complete -c hearsay -n __hearsay_needs_verb -a pause -d 'give no more articles to workers'
complete -c hearsay -n __hearsay_needs_verb -a drain -d 'take no more articles, work off the rest'
complete -c hearsay -n __hearsay_needs_verb -a resume -d 'the end of pause and drain'
complete -c hearsay -n __hearsay_needs_verb -a keys -d 'who may come to a broker from other machines'
complete -c hearsay -n '__fish_seen_subcommand_from keys' -a 'new allow revoke list'
complete -c hearsay -n __hearsay_needs_verb -a backup -d 'a copy of what the broker has'
complete -c hearsay -n __hearsay_needs_verb -a check -d 'whether all is well with a data folder'
complete -c hearsay -n __hearsay_needs_verb -a repair -d 'make a damaged data folder anew'
complete -c hearsay -n __hearsay_needs_verb -a compact -d 'make a data folder small'
complete -c hearsay -n '__fish_seen_subcommand_from check repair compact' -a '(__fish_complete_directories)'
complete -c hearsay -n __hearsay_needs_verb -a help -d 'help on a verb'
complete -c hearsay -n __hearsay_needs_verb -a version -d 'the version of this program'
complete -c hearsay -n 'not __hearsay_needs_verb; and string match -q -- "-*" (commandline -ct)' -a '(__hearsay_options)'
complete -c hearsay -n '__fish_seen_subcommand_from backup extract submit' -F
