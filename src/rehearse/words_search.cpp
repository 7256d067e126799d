// The words of the staffing search.
#include <array>

#include "rehearse/words.h"

namespace passerelle::rehearse {
namespace {

constexpr std::array search_words = {
    Words{"search", "Staffing search", "Recherche d’effectifs"},
    Words{"search_of", "{} of {} staffings rehearsed, {} replications of {}, seed {}.",
          "{} effectifs répétés sur {}, {} réplications de {}, graine {}."},
    Words{"search_complete",
          "Every other staffing costs more, or has no more people anywhere than one that misses a "
          "target.",
          "Tout autre effectif coûte plus cher, ou n’a nulle part plus de monde qu’un effectif qui "
          "manque une cible."},
    Words{"search_stopped",
          "Stopped before the end: of {} cheaper staffings nothing is known yet. Allow more "
          "replications (replications in the file) or narrow the bounds.",
          "Arrêtée avant la fin : de {} effectifs moins chers on ne sait rien encore. Autorisez "
          "plus de réplications (replications dans le fichier) ou resserrez les bornes."},
    Words{"search_stopped_by_hand",
          "Stopped before the end: of {} cheaper staffings nothing is known yet. Let it run on, or "
          "narrow the bounds.",
          "Arrêtée avant la fin : de {} effectifs moins chers on ne sait rien encore. "
          "Laissez-la aller au bout, ou resserrez les bornes."},
    Words{"search_nothing_by_hand",
          "Stopped before it was known whether even the most people allowed meet the targets. Let "
          "it run on.",
          "Arrêtée avant de savoir si même l’effectif le plus grand permis tient les cibles. "
          "Laissez-la aller au bout."},
    Words{
        "search_nothing_yet",
        "Stopped before it was known whether even the most people allowed meet the targets. Allow "
        "more replications.",
        "Arrêtée avant de savoir si même l’effectif le plus grand permis tient les cibles. "
        "Permettez "
        "plus de réplications."},
    Words{"search_nothing",
          "No staffing within the bounds is known to meet all targets: even with the most people "
          "allowed, the line below shows what is reached. Allow more people (most), or look at the "
          "work itself.",
          "Aucun effectif dans les bornes ne tient à coup sûr toutes les cibles : la ligne "
          "ci-dessous montre ce qu’atteint le plus grand. Autorisez plus de monde (most), ou "
          "regardez le travail lui-même."},
    Words{"search_undone",
          "With nobody in: {}, nobody does: {}. There is no value then for: {}. That counts as a "
          "target missed.",
          "Sans personne à : {}, personne ne fait : {}. Il n’y a alors pas de valeur pour : {}. "
          "Cela compte comme une cible manquée."},
    Words{"search_cheapest", "Cheapest staffing that meets all targets",
          "L’effectif le moins cher qui tient toutes les cibles"},
    Words{"search_so_far", "Cheapest found so far that meets all targets",
          "Le moins cher trouvé jusqu’ici qui tient toutes les cibles"},
    Words{"search_sure",
          "What is said to meet its targets does, and what is said to miss one does, with 95 % "
          "together; targets met by less than their tolerance may be passed over.",
          "Ce qui est dit tenir ses cibles les tient, ce qui est dit en manquer une la manque, à "
          "95 % pour l’ensemble ; une cible tenue de moins que sa tolérance peut être écartée."},
    Words{"search_shift", "shift", "poste"},
    Words{"search_people", "people", "personnes"},
    Words{"search_bounds", "allowed", "permis"},
    Words{"search_hours", "hours a week", "heures par semaine"},
    Words{"search_cost", "cost a week", "coût par semaine"},
    Words{"search_total", "together", "ensemble"},
    Words{"search_week", "On duty, by hour of the week", "Présents, heure par heure"},
    Words{"search_frontier", "What the money buys", "Ce que l’argent achète"},
    Words{"search_staffing", "staffing", "effectif"},
    Words{"search_meets", "meets all", "tient tout"},
    Words{"search_misses", "misses one", "en manque une"},
    Words{"search_open", "not decided", "non tranché"},
    Words{"search_chosen", "◀ chosen", "◀ retenu"},
    Words{"mon", "Mon", "lun"},
    Words{"tue", "Tue", "mar"},
    Words{"wed", "Wed", "mer"},
    Words{"thu", "Thu", "jeu"},
    Words{"fri", "Fri", "ven"},
    Words{"sat", "Sat", "sam"},
    Words{"sun", "Sun", "dim"},
};

}  // namespace

std::span<const Words> words_of_search() { return search_words; }

}  // namespace passerelle::rehearse
