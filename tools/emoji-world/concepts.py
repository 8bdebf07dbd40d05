"""The concepts: emoji short name in emoji-datasource, then the name used in prompts and answers.

ONE: the name becomes one added token. MANY: the name stays a run of ordinary tokens (reported apart).
Names must not occur inside other words of any prompt (build_data.py checks).
"""

ONE = """
dog dog|cat cat|mouse mouse|hamster hamster|rabbit rabbit|fox_face fox|bear bear|panda_face panda|koala koala
tiger tiger|lion_face lion|cow cow|pig pig|frog frog|monkey_face monkey|chicken chicken|penguin penguin|bird bird
duck duck|eagle eagle|owl owl|wolf wolf|horse horse|unicorn_face unicorn|bee honeybee|butterfly butterfly|snail snail
ladybug ladybug|spider spider|scorpion scorpion|turtle turtle|snake snake|lizard lizard|dragon dragon
t-rex tyrannosaurus|sauropod dinosaur|octopus octopus|squid squid|shrimp shrimp|lobster lobster|crab crab|fish fish
dolphin dolphin|whale whale|shark shark|crocodile crocodile|leopard leopard|zebra_face zebra|gorilla gorilla
elephant elephant|dromedary_camel camel|giraffe_face giraffe|kangaroo kangaroo|water_buffalo buffalo|ox bull
sheep sheep|llama llama|goat goat|deer deer|moose moose|donkey donkey|rooster rooster|turkey turkey|dodo dodo
peacock peacock|parrot parrot|swan swan|goose goose|flamingo flamingo|dove_of_peace dove|beaver beaver
hedgehog hedgehog|jellyfish jellyfish|cactus cactus|christmas_tree christmas tree|four_leaf_clover clover
maple_leaf maple leaf|mushroom mushroom|rose rose|tulip tulip|sunflower sunflower|cherry_blossom cherry blossom
lotus lotus|bouquet bouquet|grapes grapes|watermelon watermelon|lemon lemon|banana banana|pineapple pineapple
mango mango|apple apple|pear pear|peach peach|cherries cherries|strawberry strawberry|tomato tomato|coconut coconut
avocado avocado|potato potato|carrot carrot|corn corn|broccoli broccoli|garlic garlic|onion onion|peanuts peanut
croissant croissant|pretzel pretzel|bagel bagel|waffle waffle|cheese_wedge cheese|cut_of_meat steak
hamburger hamburger|fries fries|pizza pizza|hotdog hotdog|sandwich sandwich|taco taco|tamale tamale|falafel falafel
egg egg|shallow_pan_of_food paella|stew stew|fondue fondue|popcorn popcorn|ramen ramen|spaghetti spaghetti|sushi sushi
curry curry|moon_cake mooncake|dumpling dumpling|icecream ice cream|doughnut donut|birthday birthday cake|candy candy
glass_of_milk milk|coffee coffee|champagne champagne|wine_glass wine|beer beer|earth_africa globe|compass compass
volcano volcano|mount_fuji mount fuji|house house|european_castle castle|church church|fountain fountain
ferris_wheel ferris wheel|circus_tent circus|steam_locomotive locomotive|ambulance ambulance|fire_engine fire engine
taxi taxi|car automobile|truck lorry|tractor tractor|racing_car racing car|racing_motorcycle motorcycle|bike bicycle
skateboard skateboard|anchor anchor|boat sailboat|airplane airplane|parachute parachute|helicopter helicopter
rocket rocket|flying_saucer flying saucer|hourglass hourglass|watch wristwatch|alarm_clock alarm clock
crescent_moon crescent|sun_with_face sun|comet comet|rainbow rainbow|zap lightning|snowflake snowflake
snowman snowman|fire fire|ocean wave|ringed_planet saturn|tornado tornado|umbrella umbrella
statue_of_liberty statue of liberty|moyai moai|kaaba kaaba|jack_o_lantern pumpkin|fireworks fireworks
balloon balloon|gift gift|trophy trophy|sports_medal medal|soccer soccer|baseball baseball|basketball basketball
volleyball volleyball|football football|rugby_football rugby|tennis tennis|cricket_bat_and_ball cricket bat
ice_hockey_stick_and_puck ice hockey|table_tennis_paddle_and_ball ping pong
badminton_racquet_and_shuttlecock badminton|boxing_glove boxing glove|golf golf|ice_skate ice skate
fishing_pole_and_fish fishing rod|ski ski|dart dartboard|kite kite|8ball billiard ball|crystal_ball crystal ball
magic_wand magic wand|game_die dice|teddy_bear teddy bear|chess_pawn pawn|art palette|sewing_needle needle|dress dress
kimono kimono|high_heel high heel|crown crown|tophat top hat|mortar_board graduation cap|military_helmet helmet
ring diamond ring|gem diamond|bell bell|microphone microphone|radio radio|saxophone saxophone|accordion accordion
guitar guitar|musical_keyboard piano|trumpet trumpet|violin violin|banjo banjo|drum_with_drumsticks drum|flute flute
harp harp|iphone smartphone|phone telephone|battery battery|computer laptop|printer printer|abacus abacus
clapper clapperboard|tv television|camera camera|mag magnifying glass|candle candle|bulb lightbulb|closed_book book
email envelope|package package|mailbox mailbox|pencil2 pencil|lower_left_paintbrush paintbrush|scissors scissors
lock padlock|hammer hammer|axe axe|pick pickaxe|bomb bomb|bow_and_arrow bow and arrow|shield shield
carpentry_saw handsaw|wrench wrench|screwdriver screwdriver|scales scales|magnet magnet|test_tube test tube|dna dna
microscope microscope|telescope telescope|syringe syringe|stethoscope stethoscope|x-ray x-ray|chair chair
bathtub bathtub|razor razor|toothbrush toothbrush|bucket bucket|broom broom|coffin coffin|shovel shovel
menorah_with_nine_branches menorah|skull skull|ghost ghost|alien alien|robot_face robot|clown_face clown|smiley smiley
heart heart|broken_heart broken heart|brain brain|tooth tooth|santa santa claus|mermaid mermaid|fairy fairy
genie genie|astronaut astronaut|flag-fr france flag|flag-de germany flag|flag-it italy flag|flag-jp japan flag
flag-es spain flag|flag-cn china flag|flag-gb britain flag|flag-us america flag|flag-br brazil flag
flag-ca canada flag|flag-in india flag|flag-gr greece flag|flag-eg egypt flag|flag-se sweden flag|flag-no norway flag
flag-ke kenya flag|flag-ar argentina flag|flag-kr korea flag|flag-pt portugal flag|flag-ie ireland flag
flag-ch switzerland flag|flag-cu cuba flag|flag-vn vietnam flag|flag-dk denmark flag|flag-fi finland flag
"""

MANY = """
nut_and_bolt nut and bolt|petri_dish petri dish|vertical_traffic_light traffic light|octagonal_sign stop sign
fuelpump fuel pump|wastebasket trash can|shopping_trolley shopping trolley|safety_pin safety pin|roll_of_paper toilet roll
credit_card credit card|world_map world map|desert_island desert island|slot_machine slot machine
performing_arts theatre mask|nesting_dolls nesting doll|folding_hand_fan folding fan|canned_food canned food
shinto_shrine torii gate|barber barber pole|floppy_disk floppy disk|wind_chime wind chime|baby_bottle baby bottle
yo-yo yo yo|chopsticks chopsticks|old_key rusty opener|roller_coaster rollercoaster ride|bento lunch box
fingerprint finger mark
"""


def concepts() -> list[dict]:
    alias = {"flag-fr": "fr", "flag-de": "de", "flag-it": "it", "flag-jp": "jp", "flag-es": "es", "flag-cn": "cn",
             "flag-gb": "gb", "flag-us": "us", "flag-kr": "kr"}
    rows = []
    for split, block in (("one", ONE), ("many", MANY)):
        for entry in block.replace("\n", "|").split("|"):
            if entry.strip():
                short, name = entry.strip().split(" ", 1)
                rows.append({"short": alias.get(short, short), "name": name, "split": split})
    return rows
