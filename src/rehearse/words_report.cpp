// The words of the report in HTML; those of STRESS-DES are its own headings.
#include <array>

#include "rehearse/words.h"

namespace passerelle::rehearse {
namespace {

constexpr std::array report_words = {
    Words{"report_lang", "en", "fr"},
    Words{"report_table", "table", "tableau"},
    Words{"report_this", "this rehearsal", "cette répétition"},
    Words{"report_question", "Does the organisation, as it is written, keep its promises?",
          "L’organisation, telle qu’elle est écrite, tient-elle ses promesses ?"},
    Words{"report_size", "{}, {}, {} patients in the mean.", "{}, {}, {} patients en moyenne."},
    Words{"report_warm_up", "The first {} days are played and not counted.",
          "Les {} premiers jours sont joués mais pas comptés."},
    Words{"report_changed", "Changed for this rehearsal:", "Changé pour cette répétition :"},
    Words{"report_short", "In short", "En bref"},
    Words{"report_met_of", "{} of {} targets are met.", "{} cibles sur {} sont atteintes."},
    Words{"report_longest", "Longest wait: {}; 9 in 10 wait {} or less.",
          "Attente la plus longue : {} ; 9 sur 10 attendent {} ou moins."},
    Words{"report_busiest", "Busiest: {}, {} of their time, {} in the busiest hour.",
          "Les plus chargés : {}, {} de leur temps, {} à l’heure la plus chargée."},
    Words{"report_better", "better", "mieux"},
    Words{"report_worse", "worse", "moins bien"},
    Words{"report_no_change", "Nothing that matters differs by more than chance.",
          "Rien d’important ne diffère plus que par hasard."},
    Words{"report_more", "and {} more, below", "et {} autres, plus bas"},
    Words{"report_legend", "Point: mean. Bar: 95 % interval. Line: target, met on the shaded side.",
          "Point : moyenne. Barre : intervalle à 95 %. Trait : cible, atteinte du côté "
          "ombré."},
    Words{"report_legend_two",
          "Round point: this rehearsal; square: what it is compared with. Bar: 95 % "
          "interval. Line: target, met on the shaded side.",
          "Point rond : cette répétition ; carré : ce à quoi elle est comparée. Barre : "
          "intervalle à 95 %. Trait : cible, atteinte du côté ombré."},
    Words{"report_groups", "Who fares differently", "Pour qui c’est différent"},
    Words{"report_groups_how",
          "Groups whose 95 % interval of the difference from all others leaves out zero; "
          "one in twenty does so by chance.",
          "Groupes dont l’intervalle à 95 % de la différence avec tous les autres exclut "
          "zéro ; un sur vingt le fait par hasard."},
    Words{"report_group", "group", "groupe"},
    Words{"report_comparison", "Compared on the same patients", "Comparé avec les mêmes patients"},
    Words{"report_shared", "{} of the patients come in both.",
          "{} des patients viennent dans les deux."},
    Words{
        "report_course",
        "Above, filled: at work; line: on duty. Below: work that waits for them. By hour, mean of "
        "the replications; each with its own scale.",
        "En haut, plein : au travail ; trait : présents. En bas : le travail qui les attend. Par "
        "heure, moyenne des réplications ; chacun à son échelle."},
    Words{"report_on_duty", "on duty", "présents"},
    Words{"report_at_work", "at work", "au travail"},
    Words{"report_waiting", "waiting", "en attente"},
    Words{"report_adoption",
          "How many of the people have changed to the new way of working by the end of each day, "
          "mean "
          "of the replications. The others still work in the old way. Of the work: the share that "
          "was begun in the new way.",
          "Combien de personnes sont passées à la nouvelle façon de travailler à la fin de chaque "
          "jour, moyenne des réplications. Les autres gardent l’ancienne. Du travail : la part "
          "commencée de la nouvelle façon."},
    Words{"report_changed_people", "have changed, of {}", "ont changé, sur {}"},
    Words{"report_people", "people, at most", "personnes, au plus"},
    Words{"report_queue", "waiting, at most", "en attente, au plus"},
    Words{"report_mean", "mean", "moyenne"},
    Words{"report_most", "most", "au plus"},
    Words{"report_change", "What would change the conclusion", "Ce qui changerait la conclusion"},
    Words{"report_not_asked",
          "Which assumption moves the result most was not asked: rehearse once more with "
          "--sensitivity. Until then, read with care what is too close to say.",
          "Quelle hypothèse change le plus le résultat n’a pas été demandé : répétez encore "
          "avec --sensitivity. D’ici là, lisez avec prudence ce qui est trop juste pour "
          "être dit."},
    Words{"report_rests", "{} {} by {}: it grows without end no more.",
          "{} {} par {} : elle ne croît plus sans fin."},
    Words{"report_grows", "{} {} by {}: it grows without end.",
          "{} {} par {} : elle croît sans fin."},
    Words{"report_turns_met", "{} {} by {}: the target would be met.",
          "{} {} par {} : la cible serait atteinte."},
    Words{"report_turns_missed", "{} {} by {}: the target would be missed.",
          "{} {} par {} : la cible serait manquée."},
    Words{
        "report_tornado",
        "Brown: the figure divided. Green: multiplied. Only what is more than chance, together "
        "with all others of the same measure (Holm), and at least 1 % of the measure.",
        "Brun : le chiffre divisé. Vert : multiplié. Seulement ce qui dépasse le hasard, avec tous "
        "les autres de la même mesure (Holm), et fait au moins 1 % de la mesure."},
    Words{"report_unmoved", "No figure moves these: {}.", "Aucun chiffre ne les change : {}."},
    Words{"report_method", "How it was done", "Comment cela a été fait"},
    Words{"report_stress",
          "Under the headings of STRESS-DES (Monks and others, Journal of Simulation 13(1), "
          "2019), so that another team can judge it and do it again.",
          "Sous les titres de STRESS-DES (Monks et coll., Journal of Simulation 13(1), "
          "2019), pour qu’une autre équipe puisse en juger et le refaire."},
    Words{"stress_1", "1. Objectives", "1. Objectifs"},
    Words{"stress_purpose", "Purpose of the model", "But du modèle"},
    Words{"stress_outputs", "Model outputs", "Sorties du modèle"},
    Words{"stress_aims", "Experimentation aims", "Buts de l’expérimentation"},
    Words{"report_purpose",
          "To judge, before it is deployed, whether the organisation around this pathway "
          "keeps its promises: who waits, who is overworked, which deteriorations are found "
          "late, who is left out.",
          "Juger, avant son déploiement, si l’organisation autour de ce parcours tient ses "
          "promesses : qui attend, qui est surchargé, quelles aggravations sont trouvées "
          "tard, qui reste dehors."},
    Words{"report_outputs",
          "The indicators above, as the package defines them and computed by the program "
          "that judges real logs; waits from the offer of a piece of work to hands on; use "
          "as hands-on hours by hours on duty. Each is the mean of the replications with "
          "its 95 % interval by Student’s t.",
          "Les indicateurs ci-dessus, tels que le paquet les définit et calculés par le "
          "programme qui juge les journaux réels ; les attentes de l’offre d’un travail à "
          "sa prise en main ; l’occupation en heures de travail par heures de présence. "
          "Chacun est la moyenne des réplications avec son intervalle à 95 % (t de "
          "Student)."},
    Words{"report_design",
          "Each of {} figures was made smaller and larger, one at a time, on the same "
          "patients.",
          "Chacun de {} chiffres a été diminué puis augmenté, un à la fois, avec les mêmes "
          "patients."},
    Words{"stress_2", "2. Logic", "2. Logique"},
    Words{"stress_diagram", "Base model overview diagram", "Schéma d’ensemble"},
    Words{"stress_base", "Base model logic", "Logique du modèle"},
    Words{"stress_scenario", "Scenario logic", "Logique des scénarios"},
    Words{"stress_algorithms", "Algorithms", "Algorithmes"},
    Words{"stress_entities", "Components: entities", "Composants : entités"},
    Words{"stress_activities", "Components: activities", "Composants : activités"},
    Words{"stress_resources", "Components: resources", "Composants : ressources"},
    Words{"stress_queues", "Components: queues", "Composants : files d’attente"},
    Words{"stress_entry", "Components: entry and exit points", "Composants : entrées et sorties"},
    Words{"report_drawing", "The pathway as it runs", "Le parcours tel qu’il s’exécute"},
    Words{"report_base",
          "The pathway of the drawing is moved by the very function that moves real cases, "
          "with its decision tables, forms and timers. Simulated are only the patients, who "
          "come, answer, forget and get worse, and the people, who take work from the "
          "worklist.",
          "Le parcours du schéma est mené par la fonction même qui mène les cas réels, avec "
          "ses tables de décision, ses formulaires et ses minuteries. Seuls sont simulés "
          "les patients, qui viennent, répondent, oublient, s’aggravent, et les équipes, "
          "qui prennent le travail sur la liste."},
    Words{"report_no_scenario", "None: the package as written.",
          "Aucun : le paquet tel qu’il est écrit."},
    Words{"report_algorithms",
          "Arrivals are Poisson streams with a rate that varies, made by stretching a "
          "stream of rate 1. Conditions move as a Markov chain. Answers, habits and working "
          "times are drawn by inversion, one uniform number a draw.",
          "Les arrivées sont des flux de Poisson à taux variable, obtenus en étirant un "
          "flux de taux 1. L’état des patients suit une chaîne de Markov. Réponses, "
          "habitudes et durées sont tirées par inversion, un nombre uniforme par tirage."},
    Words{"report_entities",
          "Cases, one for each patient; their attributes, condition and habits are "
          "described in cohort.yaml.",
          "Les suivis, un par patient ; leurs attributs, leur état et leurs habitudes sont "
          "décrits dans cohort.yaml."},
    Words{"report_minutes", "minutes hands on", "minutes de travail"},
    Words{"report_patients_own", "the patient’s own time", "le temps du patient"},
    Words{"report_hours", "hours", "heures"},
    Words{"report_per", "one per {1} of {0}", "un pour {1} de {0}"},
    Words{"report_assumption", "assumption", "hypothèse"},
    Words{"report_source", "source", "source"},
    Words{"report_queues", "Work waits by the roles that may take it. First comes: {}.",
          "Le travail attend par rôles qui peuvent le prendre. Passe en premier : {}."},
    Words{"order_priority",
          "higher priority, then the earlier deadline, then what was offered first",
          "la priorité la plus haute, puis l’échéance la plus proche, puis le plus ancien"},
    Words{"order_severity", "higher priority, then what was offered first",
          "la priorité la plus haute, puis le plus ancien"},
    Words{"order_deadline", "the earlier deadline, then priority, then what was offered first",
          "l’échéance la plus proche, puis la priorité, puis le plus ancien"},
    Words{"order_first_come", "what was offered first", "le plus ancien"},
    Words{"order_ageing", "priority that grows with the wait",
          "la priorité, qui croît avec l’attente"},
    Words{"report_entry",
          "Patients come as cohort.yaml says ({} in the mean) and leave where the drawing "
          "ends ({}); {} cases were still open at the end.",
          "Les patients viennent comme le dit cohort.yaml ({} en moyenne) et sortent où "
          "finit le schéma ({}) ; {} suivis étaient encore ouverts à la fin."},
    Words{"stress_3", "3. Data", "3. Données"},
    Words{"report_figures", "{} figures, of which {} are assumptions.",
          "{} chiffres, dont {} sont des hypothèses."},
    Words{"stress_sources", "Data sources", "Sources des données"},
    Words{"stress_processing", "Pre-processing", "Préparation"},
    Words{"stress_parameters", "Input parameters", "Paramètres d’entrée"},
    Words{"stress_assumptions", "Assumptions", "Hypothèses"},
    Words{"report_processing", "None: figures are used as the package writes them.",
          "Aucune : les chiffres sont pris tels que le paquet les écrit."},
    Words{"report_parameters",
          "All that stand in organisation.yaml and cohort.yaml: those with a source above, "
          "the others below.",
          "Tous ceux d’organisation.yaml et de cohort.yaml : ceux qui ont une source "
          "ci-dessus, les autres ci-dessous."},
    Words{"report_figure", "figure", "chiffre"},
    Words{"report_none", "None.", "Aucun."},
    Words{"stress_4", "4. Experimentation", "4. Expérimentation"},
    Words{"stress_initial", "Initialisation", "Initialisation"},
    Words{"stress_length", "Run length", "Durée"},
    Words{"stress_estimation", "Estimation approach", "Estimation"},
    Words{"report_empty",
          "It begins with nobody in care and nothing waiting; everything counts from the "
          "first day.",
          "Tout commence sans patient suivi ni travail en attente ; tout compte dès le "
          "premier jour."},
    Words{"report_mser",
          "The first {} days are played and not counted: found by MSER-5 (White 1997).",
          "Les {} premiers jours sont joués mais pas comptés : trouvés par MSER-5 (White "
          "1997)."},
    Words{"report_length", "{} days, from {} to {} ({}).", "{} jours, du {} au {} ({})."},
    Words{"report_replications", "{} independent replications.", "{} réplications indépendantes."},
    Words{"report_batches", "One replication, cut into {} batches (batch means).",
          "Une réplication, coupée en {} lots (moyennes par lots)."},
    Words{"report_precision",
          "Replications were added until indicators and mean waits were known to {} %.",
          "Des réplications ont été ajoutées jusqu’à connaître indicateurs et attentes "
          "moyennes à {} % près."},
    Words{"report_paired",
          "Differences are taken within each replication, between the same patients (common "
          "random numbers), and judged by paired t tests, corrected together (Holm 1979).",
          "Les différences sont prises dans chaque réplication, entre les mêmes patients "
          "(nombres aléatoires communs), et jugées par tests t appariés, corrigés ensemble "
          "(Holm 1979)."},
    Words{"stress_5", "5. Implementation", "5. Mise en œuvre"},
    Words{"stress_software", "Software or programming language", "Logiciel"},
    Words{"stress_random", "Random sampling", "Tirages aléatoires"},
    Words{"stress_execution", "Model execution", "Exécution"},
    Words{"stress_system", "System specification", "Machine"},
    Words{"report_software", "{} (C++20); the package and its indicators are plain files.",
          "{} (C++20) ; le paquet et ses indicateurs sont de simples fichiers."},
    Words{"report_random",
          "Counter-based streams (Philox 4x32-10), each a pure function of seed, "
          "replication, patient and purpose: two scenarios meet the same people.",
          "Flux à compteur (Philox 4x32-10), chacun fonction pure de la graine, de la "
          "réplication, du patient et de l’usage : deux scénarios rencontrent les mêmes "
          "personnes."},
    Words{"report_execution",
          "Next-event. At one instant: work ends; people come and leave; patients, timers, "
          "messages and answers arrive; free people take what waits; urgent work "
          "interrupts.",
          "Événement suivant. Au même instant : le travail finit ; les équipes viennent et "
          "partent ; patients, minuteries, messages et réponses arrivent ; les personnes "
          "libres prennent ce qui attend ; l’urgence interrompt."},
    Words{"report_system",
          "The result is the same, bit for bit, for any number of threads and of machines. "
          "{} steps of the pathway a replication.",
          "Le résultat est le même, au bit près, pour tout nombre de fils et de machines. "
          "{} pas du parcours par réplication."},
    Words{"stress_6", "6. Code access", "6. Accès au code"},
    Words{"stress_sharing", "Computer model sharing statement", "Partage du modèle"},
    Words{"report_sharing",
          "The program is free software (Apache 2.0). The model is the package {}, version "
          "{}, rehearsed with seed {}.",
          "Le programme est un logiciel libre (Apache 2.0). Le modèle est le paquet {}, "
          "version {}, répété avec la graine {}."},
    Words{"report_again", "This command brings the same result again:",
          "Cette commande redonne le même résultat :"},
    Words{"report_again_changed",
          "With what was changed for this rehearsal written as a scenario of the package, the "
          "result is the same again.",
          "Ce qui a été changé pour cette répétition, écrit comme scénario du paquet, redonne le "
          "même résultat."},
};

}  // namespace

std::span<const Words> words_of_report() { return report_words; }

}  // namespace passerelle::rehearse
